// The recorder driven by hand, as a sound card and a keyboard would: no device, no clock.
#include "client/recorder/midi_recorder.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "tests/support/fake_midi.hpp"
#include "tests/support/realtime_guard.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::recorder {
namespace {

constexpr SampleRate kRate{48'000};
constexpr int kBlock = 256;
constexpr Frames kOutput{454};
constexpr std::int64_t kClockAhead = 7'000'000'000;  // of the stream: beyond 32 bits

timeline::TempoMap map_of(double bpm) {
  return *timeline::TempoMap::create(kRate, {{TickPosition{0}, bpm, false}}, {});
}

class Studio {
 public:
  explicit Studio(const SongSpan& span, double bpm = 97.0, Frames key_latency = {})
      : map_(map_of(bpm)),
        span_(span),
        journal_(*MidiJournal::create(folder_ / "a.midi-take")),
        recorder(std::make_unique<MidiRecorder>(MidiSong{span, map_}, backing_, &journal_, nullptr)),
        keys(*recorder, key_latency) {
    // The test plays faster than any card: all that it will ask for is there.
    EXPECT_TRUE(sound_.wait_until_ready());
    recorder->listen(keys);
  }

  // Blocks until this frame of the stream is computed.
  void run(std::int64_t until) {
    AudioBuffer out(2, kBlock);
    for (; position < until; position += kBlock) {
      keys.now = kClockAhead + position;
      const test::RealtimeGuard guard;
      recorder->process(ConstAudioBlock(), out.block(),
                        {.position = FramePosition{position}, .round_trip = {}, .output_latency = kOutput});
    }
  }
  // A key that is pressed when this frame of the stream is heard.
  std::int64_t heard(std::int64_t frame) const { return kClockAhead + frame + kOutput.count; }
  TickPosition tick(std::int64_t song_frame) const { return map_.tick_at(FramePosition{song_frame}); }

  std::vector<MidiEntry> messages() {
    EXPECT_TRUE(recorder->finish());
    std::vector<MidiEntry> result = recorder->entries();
    std::erase_if(result, [](const MidiEntry& entry) { return entry.kind == MidiEntry::Kind::moment; });
    return result;
  }
  MidiJournalContent on_disk() const { return *read_midi_journal(folder_ / "a.midi-take"); }

 private:
  TemporaryFolder folder_;
  timeline::TempoMap map_;
  SongSpan span_;
  realtime::ReadAhead sound_{2, 1 << 20, [](AudioBlock block) -> Result<int> {
                               clear(block);
                               return block.frame_count();
                             }};
  ReadAheadBacking backing_{sound_};
  MidiJournal journal_;

 public:
  std::int64_t position = 0;
  std::unique_ptr<MidiRecorder> recorder;
  test::FakeMidiInput keys;
};

// Struck at frames that fall anywhere in a block, the notes lie at those frames: no jitter at all.
TEST(MidiRecorderTest, NotesLieAtTheFramesThatWereHeard) {
  Studio studio({FramePosition{96'000}, Frames{24'000}, Frames{200'000}, 1}, 97.0, Frames{33});
  studio.run(1'024);
  std::vector<MidiEntry> expected;
  for (std::int64_t n = 0; n < 150; ++n) {
    const std::int64_t frame = 24'000 + n * 1'237;
    studio.run(frame + kOutput.count + 33);
    studio.keys.send(studio.heard(frame), {0x90, 60, 100});
    expected.push_back({MidiEntry::Kind::message, 0, studio.tick(96'000 + n * 1'237), {0x90, 60, 100}});
  }
  EXPECT_EQ(studio.messages(), expected);
  EXPECT_EQ(studio.recorder->compensation(), Frames{487});
  EXPECT_EQ(studio.recorder->notes(), 150);
}

TEST(MidiRecorderTest, PassesOfALoopAreToldApart) {
  Studio studio({FramePosition{0}, Frames{0}, Frames{10'000}, 3});
  studio.run(40'000);
  for (const std::int64_t frame : {9'999, 10'000, 25'000}) studio.keys.send(studio.heard(frame), {0x90, 60, 1});
  const auto messages = studio.messages();
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0], (MidiEntry{MidiEntry::Kind::message, 0, studio.tick(9'999), {0x90, 60, 1}}));
  EXPECT_EQ(messages[1], (MidiEntry{MidiEntry::Kind::message, 1, studio.tick(0), {0x90, 60, 1}}));
  EXPECT_EQ(messages[2], (MidiEntry{MidiEntry::Kind::message, 2, studio.tick(5'000), {0x90, 60, 1}}));
}

TEST(MidiRecorderTest, ItIsDoneWhenTheLastPassWasHeard) {
  Studio studio({FramePosition{0}, Frames{1'000}, Frames{10'000}, 2});
  studio.run(21'000);
  EXPECT_FALSE(studio.recorder->is_done());
  studio.run(21'000 + kOutput.count + kRate.hz / 10 + kBlock);
  EXPECT_TRUE(studio.recorder->is_done());
}

TEST(MidiRecorderTest, APulledCableIsNotedWhereItWasPulled) {
  Studio studio({FramePosition{0}, Frames{0}, std::nullopt, 1});
  studio.run(20'000);
  studio.keys.send(studio.heard(5'000), {0x90, 60, 100});
  studio.keys.send(studio.heard(5'500), {0xf0, 1, 2});
  studio.keys.pull(studio.heard(6'000));
  const auto messages = studio.messages();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[1], (MidiEntry{MidiEntry::Kind::loss, 0, studio.tick(6'000), {}}));
  EXPECT_EQ(studio.recorder->losses(), 1);
  EXPECT_EQ(studio.recorder->dropped(), 1) << "the message that was under way";
}

TEST(MidiRecorderTest, SystemExclusiveOf300BytesInPieces) {
  Studio studio({FramePosition{0}, Frames{0}, std::nullopt, 1});
  studio.run(20'000);
  std::vector<std::uint8_t> whole(300, 9);
  whole.front() = 0xf0;
  whole.back() = 0xf7;
  studio.keys.send(studio.heard(100), std::vector<std::uint8_t>(whole.begin(), whole.begin() + 128));
  studio.keys.send(studio.heard(101), {0xf8});
  studio.keys.send(studio.heard(102), std::vector<std::uint8_t>(whole.begin() + 128, whole.end()));
  EXPECT_EQ(studio.messages(), (std::vector<MidiEntry>{{MidiEntry::Kind::message, 0, studio.tick(100), whole}}));
}

TEST(MidiRecorderTest, BadInputIsCountedAndHarmsNothing) {
  Studio studio({FramePosition{0}, Frames{0}, std::nullopt, 1});
  studio.run(20'000);
  for (const std::initializer_list<int> bytes : {std::initializer_list<int>{1, 2}, {0x90}, {0xf4}, {0xff}, {0x80, 200}})
    studio.keys.send(studio.heard(10), bytes);
  studio.keys.send(studio.heard(20), {0x90, 60, 100});
  const auto messages = studio.messages();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].bytes, (std::vector<std::uint8_t>{0x90, 60, 100}));
  EXPECT_GT(studio.recorder->dropped(), 0);
}

// What is on the disk while the recorder runs is what it has taken; at the end both are the same.
TEST(MidiRecorderTest, TheJournalHoldsEverythingAtOnce) {
  Studio studio({FramePosition{0}, Frames{0}, std::nullopt, 1});
  studio.run(48'000);
  for (std::int64_t n = 0; n < 40; ++n) studio.keys.send(studio.heard(n * 1'000), {0x90, 60, 100});
  // The recorder's thread writes within a poll.
  while (studio.recorder->notes() < 40) std::this_thread::yield();
  std::size_t found = 0;
  while (found < 40) {
    found = 0;
    for (const MidiEntry& entry : studio.on_disk().entries) found += entry.kind == MidiEntry::Kind::message ? 1 : 0;
  }
  const auto messages = studio.messages();
  EXPECT_EQ(messages.size(), 40U);
  EXPECT_EQ(studio.on_disk().entries, studio.recorder->entries());
  EXPECT_EQ(studio.on_disk().facts.at("latency_frames"), "454");
}

// So that what a crash leaves ends where the performer was.
TEST(MidiRecorderTest, MomentsAreNotedWhileNothingIsPlayed) {
  Studio studio({FramePosition{0}, Frames{0}, std::nullopt, 1});
  for (std::size_t moments = 1; moments <= 2; ++moments) {
    studio.run(studio.position + 48'000);
    while (studio.on_disk().entries.size() < moments) std::this_thread::yield();
  }
  EXPECT_TRUE(studio.recorder->finish());
  EXPECT_EQ(studio.recorder->entries().back().at, studio.tick(studio.position - kOutput.count));
}

// A note whose end never came: closed where the stream stopped.
TEST(MidiRecorderTest, AHangingNoteEndsWhereTheRecordingDid) {
  Studio studio({FramePosition{0}, Frames{0}, std::nullopt, 1});
  studio.run(48'000);
  studio.keys.send(studio.heard(10'000), {0x90, 60, 100});
  EXPECT_TRUE(studio.recorder->finish());
  const auto passes = passes_of(studio.recorder->entries(), {TickPosition{0}, std::nullopt});
  ASSERT_EQ(passes.size(), 1U);
  EXPECT_EQ(passes[0].closed_notes, 1);
  EXPECT_EQ(passes[0].notes[0].position, studio.tick(10'000));
  EXPECT_EQ(passes[0].notes[0].position + passes[0].notes[0].length, studio.tick(studio.position - kOutput.count));
}

// A recorder with a fast keyboard, killed at a random moment, again and again. What it had told to be on the disk is
// there, in its place, and becomes a clip without hanging notes.
TEST(MidiRecorderTest, AKilledRecorderLeavesWhatWasPlayed) {
  std::mt19937 random(11);
  for (int round = 0; round < 12; ++round) {
    const TemporaryFolder folder;
    const auto path = folder / "a.midi-take";
    int told[2];
    ASSERT_EQ(::pipe(told), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto journal = *MidiJournal::create(path);
      NoBacking backing;
      // What was kept is told from within: the journal has it when hear returns and the next is heard.
      int kept = 0;
      const auto hear = [&](const device::MidiMessage&, const MidiEntry&) {
        static_cast<void>(::write(told[1], &kept, sizeof kept) == sizeof kept);
        ++kept;
      };
      MidiRecorder recorder({{FramePosition{0}, Frames{0}, std::nullopt, 1}, map_of(120.0)}, backing, &journal, nullptr,
                            hear);
      test::FakeMidiInput keys(recorder);
      recorder.listen(keys);
      AudioBuffer out(2, kBlock);
      for (std::int64_t position = 0;; position += kBlock) {
        keys.now = position;
        recorder.process(ConstAudioBlock(), out.block(),
                         {.position = FramePosition{position}, .round_trip = {}, .output_latency = kOutput});
        const int pitch = static_cast<int>(position / kBlock / 2 % 128);
        keys.send(position + kOutput.count, {position / kBlock % 2 == 0 ? 0x90 : 0x80, pitch, 100});
        // No faster than the queue is emptied.
        while (recorder.notes() * 2 + 8'000 < position / kBlock) std::this_thread::yield();
      }
    }
    ::close(told[1]);
    int kept = -1;
    const int wanted = static_cast<int>(random() % 2'000);
    while (kept < wanted && ::read(told[0], &kept, sizeof kept) == sizeof kept) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(told[0], &kept, sizeof kept) == sizeof kept) continue;
    ::close(told[0]);
    const auto content = read_midi_journal(path);
    ASSERT_TRUE(content);
    auto messages = content->entries;
    std::erase_if(messages, [](const MidiEntry& entry) { return entry.kind != MidiEntry::Kind::message; });
    ASSERT_GE(std::ssize(messages), kept);
    const timeline::TempoMap map = map_of(120.0);
    for (std::size_t n = 0; n < messages.size(); ++n)
      ASSERT_EQ(messages[n].at, map.tick_at(FramePosition{static_cast<std::int64_t>(n) * kBlock})) << n;
    const auto passes = passes_of(content->entries, {TickPosition{0}, std::nullopt});
    ASSERT_EQ(passes.size(), 1U);
    EXPECT_EQ(std::ssize(passes[0].notes), (std::ssize(messages) + 1) / 2);
    EXPECT_LE(passes[0].closed_notes, 1);
  }
}

}  // namespace
}  // namespace talkback::recorder
