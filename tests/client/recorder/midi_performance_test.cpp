#include "client/recorder/midi_performance.hpp"

#include <gtest/gtest.h>

namespace talkback::recorder {
namespace {

using media::MidiController;
using media::MidiControllerKind;
using media::MidiNote;

constexpr std::int64_t kBegin = 100 * kTicksPerQuarter;
constexpr std::int64_t kEnd = 104 * kTicksPerQuarter;
constexpr MidiStretch kBar{TickPosition{kBegin}, TickPosition{kEnd}};

MidiEntry message(std::int64_t at, std::vector<std::uint8_t> bytes, int pass = 0) {
  return {MidiEntry::Kind::message, pass, TickPosition{at}, std::move(bytes)};
}
MidiEntry on(std::int64_t at, std::uint8_t pitch, int pass = 0) { return message(at, {0x90, pitch, 100}, pass); }
MidiEntry off(std::int64_t at, std::uint8_t pitch, int pass = 0) { return message(at, {0x80, pitch, 0}, pass); }
MidiNote note(std::int64_t at, std::int64_t length, int pitch) { return {TickPosition{at}, Ticks{length}, pitch, 100}; }

MidiPass only_pass(const std::vector<MidiEntry>& entries, const MidiStretch& stretch = kBar) {
  auto passes = passes_of(entries, stretch);
  EXPECT_EQ(passes.size(), 1U);
  return passes.empty() ? MidiPass{} : passes.front();
}

TEST(MidiPerformanceTest, NotesAndControllersKeepTheirTicks) {
  const MidiPass pass =
      only_pass({on(kBegin + 3, 60), message(kBegin + 5, {0xb0, 1, 77}), message(kBegin + 6, {0xe0, 1, 65}),
                 message(kBegin + 7, {0xd0, 30}), message(kBegin + 8, {0xa0, 60, 40}), message(kBegin + 9, {0xc0, 12}),
                 off(kBegin + 1'003, 60)});
  EXPECT_EQ(pass.notes, std::vector{note(kBegin + 3, 1'000, 60)});
  EXPECT_EQ(pass.controllers,
            (std::vector<MidiController>{{TickPosition{kBegin + 5}, MidiControllerKind::control_change, 1, 77},
                                         {TickPosition{kBegin + 6}, MidiControllerKind::pitch_bend, 0, 129},
                                         {TickPosition{kBegin + 7}, MidiControllerKind::channel_pressure, 0, 30},
                                         {TickPosition{kBegin + 8}, MidiControllerKind::key_pressure, 60, 40},
                                         {TickPosition{kBegin + 9}, MidiControllerKind::program_change, 0, 12}}));
  EXPECT_EQ(pass.begin, TickPosition{kBegin});
  EXPECT_EQ(pass.length, Ticks{kEnd - kBegin});
  EXPECT_EQ(pass.closed_notes, 0);
}

TEST(MidiPerformanceTest, VelocityZeroReleasesAndChannelsAreApart) {
  const MidiPass pass = only_pass({message(kBegin, {0x90, 60, 100}), message(kBegin + 1, {0x91, 60, 100}),
                                   message(kBegin + 10, {0x90, 60, 0}), message(kBegin + 20, {0x81, 60, 0})});
  EXPECT_EQ(pass.notes, (std::vector{note(kBegin, 10, 60), note(kBegin + 1, 19, 60)}));
}

TEST(MidiPerformanceTest, HangingNotesEndWithThePass) {
  const MidiPass pass = only_pass({on(kBegin + 5, 60), off(kBegin + 6, 61)});
  EXPECT_EQ(pass.notes, std::vector{note(kBegin + 5, kEnd - kBegin - 5, 60)});
  EXPECT_EQ(pass.closed_notes, 1);
}

TEST(MidiPerformanceTest, ALostPortEndsNotesAndLiftsThePedal) {
  const MidiPass pass = only_pass({message(kBegin, {0xb0, 64, 127}),
                                   on(kBegin + 1, 60),
                                   on(kBegin + 2, 64),
                                   {MidiEntry::Kind::loss, 0, TickPosition{kBegin + 50}, {}},
                                   on(kBegin + 60, 62),
                                   off(kBegin + 70, 62)});
  EXPECT_EQ(pass.notes, (std::vector{note(kBegin + 1, 49, 60), note(kBegin + 2, 48, 64), note(kBegin + 60, 10, 62)}));
  EXPECT_EQ(pass.closed_notes, 2);
  EXPECT_EQ(pass.controllers.back(),
            (MidiController{TickPosition{kBegin + 50}, MidiControllerKind::control_change, 64, 0}));
}

TEST(MidiPerformanceTest, AllNotesOffEndsThoseOfItsChannel) {
  const MidiPass pass = only_pass({on(kBegin, 60), on(kBegin, 64), message(kBegin, {0x91, 67, 100}),
                                   message(kBegin + 9, {0xb0, 123, 0}), message(kBegin + 20, {0x81, 67, 0})});
  EXPECT_EQ(pass.notes, (std::vector{note(kBegin, 9, 60), note(kBegin, 9, 64), note(kBegin, 20, 67)}));
  EXPECT_EQ(pass.closed_notes, 0);
}

TEST(MidiPerformanceTest, AKeyStruckAgainEndsItsNote) {
  const MidiPass pass = only_pass({on(kBegin, 60), on(kBegin + 5, 60), off(kBegin + 9, 60)});
  EXPECT_EQ(pass.notes, (std::vector{note(kBegin, 5, 60), note(kBegin + 5, 4, 60)}));
}

TEST(MidiPerformanceTest, EveryPassIsItsOwnAndEmptyOnesAreLeftOut) {
  const auto passes = passes_of(std::vector{on(kBegin + 1, 60), off(kBegin + 2, 60),
                                            MidiEntry{MidiEntry::Kind::moment, 1, TickPosition{kBegin}, {}},
                                            on(kBegin + 3, 62, 2), off(kBegin + 4, 62, 2)},
                                kBar);
  ASSERT_EQ(passes.size(), 2U);
  EXPECT_EQ(passes[0].number, 0);
  EXPECT_EQ(passes[1].number, 2);
  EXPECT_EQ(passes[1].notes, std::vector{note(kBegin + 3, 1, 62)});
}

// The pedal that is down when the loop begins anew is down there; the note that hangs over is cut.
TEST(MidiPerformanceTest, APassBeginsWithWhatWasSetBefore) {
  const auto passes = passes_of(std::vector{message(kBegin + 1, {0xb0, 64, 100}), on(kEnd - 10, 60),
                                            off(kBegin + 5, 60, 1), on(kBegin + 6, 62, 1), off(kBegin + 8, 62, 1)},
                                kBar);
  ASSERT_EQ(passes.size(), 2U);
  EXPECT_EQ(passes[0].notes, std::vector{note(kEnd - 10, 10, 60)});
  EXPECT_EQ(passes[1].notes, std::vector{note(kBegin + 6, 2, 62)});
  EXPECT_EQ(passes[1].controllers,
            (std::vector<MidiController>{{TickPosition{kBegin}, MidiControllerKind::control_change, 64, 100}}));
}

TEST(MidiPerformanceTest, WhatWasSetInTheLeadInHoldsAtTheStart) {
  const MidiPass pass =
      only_pass({message(kBegin - 3 * kEarly.count, {0xb0, 7, 20}), message(kBegin - 3 * kEarly.count, {0xb0, 1, 5}),
                 message(kBegin, {0xb0, 1, 6}), on(kBegin, 60), off(kBegin + 1, 60)});
  EXPECT_EQ(pass.controllers,
            (std::vector<MidiController>{{TickPosition{kBegin}, MidiControllerKind::control_change, 7, 20},
                                         {TickPosition{kBegin}, MidiControllerKind::control_change, 1, 6}}));
}

// Somebody comes in a little early: the clip begins an eighth before, and nothing is lost.
TEST(MidiPerformanceTest, AnEarlyNoteIsKept) {
  const MidiPass pass =
      only_pass({on(kBegin - 2'000, 60), off(kBegin - 1'000, 60), on(kBegin - 500, 62), off(kBegin + 500, 62)});
  EXPECT_EQ(pass.begin, TickPosition{kBegin} - kEarly);
  EXPECT_EQ(pass.length, Ticks{kEnd - kBegin} + kEarly);
  EXPECT_EQ(pass.notes, (std::vector{note(kBegin - 2'000, 1'000, 60), note(kBegin - 500, 1'000, 62)}));
}

TEST(MidiPerformanceTest, WhatWasPlayedInTheCountInIsNobodys) {
  EXPECT_TRUE(
      passes_of(std::vector{on(kBegin - 2 * kEarly.count, 60), off(kBegin - kEarly.count - 1, 60)}, kBar).empty());
  const MidiPass held = only_pass({on(kBegin - 2 * kEarly.count, 60), off(kBegin + 8, 60)});
  EXPECT_EQ(held.notes, std::vector{note(kBegin, 8, 60)}) << "what is held into the clip begins with it";
}

TEST(MidiPerformanceTest, AtTheStartOfTheSongThereIsNoEarlier) {
  const MidiPass pass = only_pass({on(-100, 60), off(50, 60)}, {TickPosition{0}, TickPosition{1'000}});
  EXPECT_EQ(pass.begin, TickPosition{0});
  EXPECT_EQ(pass.notes, std::vector{note(0, 50, 60)});
}

TEST(MidiPerformanceTest, BehindTheEndNothingIsKept) {
  const MidiPass pass = only_pass({on(kBegin, 60), off(kEnd + 9, 60), on(kEnd + 10, 62), off(kEnd + 20, 62)});
  EXPECT_EQ(pass.notes, std::vector{note(kBegin, kEnd - kBegin, 60)});
}

TEST(MidiPerformanceTest, WithoutAnEndTheLastMomentIs) {
  const MidiPass pass = only_pass({on(kBegin, 60), {MidiEntry::Kind::moment, 0, TickPosition{kBegin + 700}, {}}},
                                  {TickPosition{kBegin}, std::nullopt});
  EXPECT_EQ(pass.length, Ticks{700});
  EXPECT_EQ(pass.notes, std::vector{note(kBegin, 700, 60)});
}

TEST(MidiPerformanceTest, SystemExclusiveIsKeptAsItCame) {
  std::vector<std::uint8_t> bytes(300, 3);
  bytes.front() = 0xf0;
  bytes.back() = 0xf7;
  const MidiPass pass = only_pass({message(kBegin - 9'000'000, bytes), message(kBegin + 9, bytes)});
  EXPECT_EQ(pass.exclusives, (std::vector<media::MidiSystemExclusive>{{TickPosition{kBegin}, bytes},
                                                                      {TickPosition{kBegin + 9}, bytes}}));
}

// A journal is read from a disk: whatever it says gives clips that keep their rules.
TEST(MidiPerformanceTest, NonsenseDoesNoHarm) {
  const MidiPass pass = only_pass({message(kBegin, {}), message(kBegin, {0x90}), message(kBegin, {0x12, 1, 2}),
                                   message(kBegin, {0x90, 0xff, 0xff}), on(kBegin + 5, 60), off(kBegin + 2, 60)});
  for (const MidiNote& played : pass.notes) {
    EXPECT_GE(played.length.count, 1);
    EXPECT_LE(played.pitch, 127);
    EXPECT_LE(played.velocity, 127);
  }
}

}  // namespace
}  // namespace talkback::recorder
