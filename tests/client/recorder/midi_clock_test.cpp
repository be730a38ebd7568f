#include "client/recorder/midi_clock.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace talkback::recorder {
namespace {

constexpr SampleRate kRate{48'000};
constexpr device::MidiClock kFrameClock{48'000, true};
constexpr device::MidiClock kHostClock{1'000'000'000, false};

// Blocks of 256 frames whose clock is 1,000 units ahead of the sound.
std::unique_ptr<MidiClock> clock_of_blocks(int blocks, Frames output_latency, Frames own_latency = {}) {
  auto clock = std::make_unique<MidiClock>(kFrameClock, kRate, own_latency);
  for (std::int64_t n = 0; n < blocks; ++n) clock->publish(FramePosition{n * 256}, 1'000 + n * 256, output_latency);
  clock->update();
  return clock;
}

TEST(MidiClockTest, BeforeTheFirstBlockNothingIsHeard) {
  MidiClock clock(kFrameClock, kRate, {});
  EXPECT_EQ(clock.frame_at(0), std::nullopt);
}

// A note is played to what is heard: what was computed the output latency ago.
TEST(MidiClockTest, BothLatenciesAreTakenOffToTheFrame) {
  const auto clock = clock_of_blocks(20, Frames{454}, Frames{37});
  for (std::int64_t frame = 0; frame < 20 * 256; frame += 101)
    EXPECT_EQ(clock->frame_at(1'000 + frame + 454 + 37), FramePosition{frame});
  EXPECT_EQ(clock->compensation(), Frames{491});
}

TEST(MidiClockTest, TimesBeforeAndBehindTheKnownBlocksFollowThem) {
  const auto clock = clock_of_blocks(4, Frames{100});
  EXPECT_EQ(clock->frame_at(900), FramePosition{-200});
  EXPECT_EQ(clock->frame_at(1'000 + 5'000 + 100), FramePosition{5'000});
}

// The card went on for three blocks, the sound did not.
TEST(MidiClockTest, SoundThatWasLostMovesNothingBehindIt) {
  MidiClock clock(kFrameClock, kRate, {});
  for (std::int64_t n = 0; n < 8; ++n)
    clock.publish(FramePosition{n * 256}, 1'000 + n * 256 + (n < 4 ? 0 : 768), Frames{100});
  clock.update();
  EXPECT_EQ(clock.frame_at(1'000 + 1'023 + 100), FramePosition{1'023});
  EXPECT_EQ(clock.frame_at(1'000 + 1'500 + 100), FramePosition{1'024}) << "in the gap the next block is waited for";
  EXPECT_EQ(clock.frame_at(1'000 + 1'024 + 768 + 100), FramePosition{1'024});
  EXPECT_EQ(clock.frame_at(1'000 + 1'800 + 768 + 100), FramePosition{1'800});
}

// Callbacks that run up to 4 ms late, a card that is 100 ppm fast: 1 ms is the promise.
TEST(MidiClockTest, OnAnotherClockJitterStaysBelowAMillisecond) {
  MidiClock clock(kHostClock, kRate, {});
  std::mt19937 random(3);
  std::int64_t worst = 0;
  for (std::int64_t n = 0; n < 20'000; ++n) {
    const double seconds = static_cast<double>(n * 256) / (48'000 * 1.0001);
    const auto true_ns = static_cast<std::int64_t>(seconds * 1e9) + 77'000'000'000;
    const std::int64_t late = random() % 4 == 0 ? 0 : static_cast<std::int64_t>(random() % 4'000'000);
    clock.publish(FramePosition{n * 256}, true_ns + late, Frames{512});
    clock.update();
    if (n < 100) continue;
    const auto frame = clock.frame_at(true_ns);
    ASSERT_TRUE(frame);
    worst = std::max(worst, std::abs(frame->count - (n * 256 - 512)));
  }
  EXPECT_LT(worst, 48) << "frames";
}

TEST(MidiClockTest, OnAnotherClockALossOfSoundIsFollowedInTwoSeconds) {
  MidiClock clock(kHostClock, kRate, {});
  std::int64_t gap_ns = 0;
  std::int64_t time = 0;
  for (std::int64_t n = 0; n < 1'000; ++n) {
    if (n == 300) gap_ns = 20'000'000;
    time = n * 256 * 1'000'000'000 / 48'000 + gap_ns;
    clock.publish(FramePosition{n * 256}, time, Frames{});
  }
  clock.update();
  EXPECT_NEAR(static_cast<double>(clock.frame_at(time)->count), 999 * 256, 2);
}

TEST(SongPlaceTest, LeadInPassesAndWhatComesAfter) {
  const SongSpan span{FramePosition{10'000}, Frames{500}, Frames{1'000}, 3};
  const auto at = [&](std::int64_t frame) {
    const SongPlace place = place_of(span, FramePosition{frame});
    return std::pair(place.pass, place.position.count);
  };
  EXPECT_EQ(at(0), std::pair(0, std::int64_t{9'500}));
  EXPECT_EQ(at(500), std::pair(0, std::int64_t{10'000}));
  EXPECT_EQ(at(1'499), std::pair(0, std::int64_t{10'999}));
  EXPECT_EQ(at(1'500), std::pair(1, std::int64_t{10'000}));
  EXPECT_EQ(at(3'499), std::pair(2, std::int64_t{10'999}));
  EXPECT_EQ(at(3'600), std::pair(2, std::int64_t{11'100}));
  EXPECT_EQ(place_of({FramePosition{7}, Frames{5}, std::nullopt, 1}, FramePosition{1'000'005}).position,
            FramePosition{1'000'007});
}

}  // namespace
}  // namespace talkback::recorder
