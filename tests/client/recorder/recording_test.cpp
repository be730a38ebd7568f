#include "client/recorder/recording.hpp"

#include "tests/client/recorder/recording_support.hpp"

namespace talkback::recorder {
namespace {

using test::expect_in_time;
using test::kRate;
using test::Studio;

constexpr int kDelay = 5'000;  // longer than any block: an echo cannot come earlier
constexpr int kFade = 2'400;   // GraphPlayer fades when it begins within the song, and over a loop's edge

class RecordingBlockTest : public ::testing::TestWithParam<int> {};

TEST_P(RecordingBlockTest, ATakeAlignsWithTheSong) {
  Studio studio({.channels = 1, .count_in = Frames{24'000}, .end = FramePosition{20'000}});
  studio.run(GetParam(), 100'000, kDelay);
  EXPECT_TRUE(studio.recording->is_complete());
  EXPECT_EQ(studio.recording->latency(), Frames{kDelay});
  const auto takes = studio.takes();
  ASSERT_EQ(takes.size(), 1U);
  EXPECT_EQ(takes[0].song, FramePosition{0});
  EXPECT_EQ(takes[0].source_start, FramePosition{24'000 + kDelay});
  EXPECT_EQ(takes[0].length, Frames{20'000});
  expect_in_time(studio, takes[0], studio.song(), 0);
}

TEST_P(RecordingBlockTest, EveryPassOfALoopIsATakeAndThePartialLastOneToo) {
  Studio studio({.channels = 1, .loop = realtime::LoopRange{FramePosition{10'000}, FramePosition{40'000}}},
                FramePosition{10'000}, FramePosition{40'000});
  studio.run(GetParam(), 40'000 + 30'000 + 20'000, kDelay);
  studio.recording->stop();
  studio.run(GetParam(), kDelay + 2 * GetParam(), kDelay);
  EXPECT_EQ(studio.recording->phase(), Recording::Phase::stopped);
  const auto takes = studio.takes();
  ASSERT_EQ(takes.size(), 3U);
  for (const CapturedTake& take : takes) {
    EXPECT_EQ(take.song, FramePosition{10'000});
    expect_in_time(studio, take, studio.song(), kFade);
  }
  EXPECT_EQ(takes[0].length, Frames{30'000});
  EXPECT_EQ(takes[1].length, Frames{30'000});
  EXPECT_NEAR(static_cast<double>(takes[2].length.count), 20'000.0, GetParam());
}

TEST_P(RecordingBlockTest, ALoopOfThreePassesEndsWithTheThird) {
  Studio studio({.channels = 1,
                 .start = FramePosition{48'000},
                 .count_in = Frames{1'000},
                 .loop = realtime::LoopRange{FramePosition{48'000}, FramePosition{72'000}},
                 .passes_max = 3},
                FramePosition{48'000}, FramePosition{72'000});
  studio.run(GetParam(), 200'000, kDelay);
  EXPECT_TRUE(studio.recording->is_complete());
  const auto takes = studio.takes();
  ASSERT_EQ(takes.size(), 3U);
  for (const CapturedTake& take : takes) {
    EXPECT_EQ(take.song, FramePosition{48'000});
    EXPECT_EQ(take.length, Frames{24'000});
    expect_in_time(studio, take, studio.song(), kFade);
  }
}

TEST_P(RecordingBlockTest, OnlyWhatLiesBetweenPunchInAndPunchOutBecomesATake) {
  Studio studio({.channels = 1, .end = FramePosition{60'000}}, FramePosition{20'011}, FramePosition{33'333});
  studio.run(GetParam(), 100'000, kDelay);
  const auto takes = studio.takes();
  ASSERT_EQ(takes.size(), 1U);
  EXPECT_EQ(takes[0].song, FramePosition{20'011});
  EXPECT_EQ(takes[0].length, Frames{33'333 - 20'011});
  expect_in_time(studio, takes[0], studio.song(), 0);
}

INSTANTIATE_TEST_SUITE_P(Blocks, RecordingBlockTest, ::testing::Values(16, 64, 441, 4096));

TEST(RecordingTest, TheRecordKeyBeginsAndEndsTakesWhileTheSongRolls) {
  Studio studio({.channels = 2, .records = false});
  studio.run(100, 10'000, kDelay);
  studio.recording->set_records(true);
  studio.run(100, 10'000, kDelay);
  studio.recording->set_records(false);
  studio.run(100, 5'000, kDelay);
  studio.recording->set_records(true);
  studio.run(100, 10'000, kDelay);
  studio.recording->stop();
  studio.run(100, kDelay + 200, kDelay);
  const auto takes = studio.takes();
  ASSERT_EQ(takes.size(), 2U);
  EXPECT_EQ(takes[0].song, FramePosition{10'000});
  EXPECT_EQ(takes[0].length, Frames{10'000});
  EXPECT_EQ(takes[1].song, FramePosition{25'000});
  for (const CapturedTake& take : takes) expect_in_time(studio, take, studio.song(), 0);
}

TEST(RecordingTest, StoppedItCapturesNothingAndRollsAgainFromWhereItIsTold) {
  Studio studio({.channels = 1});
  studio.run(256, 20'480, kDelay);
  studio.player->stop();
  studio.recording->stop();
  studio.run(256, 20'480, kDelay);
  const Frames captured = studio.recording->captured();
  studio.run(256, 20'480, kDelay);
  EXPECT_EQ(studio.recording->captured(), captured);
  studio.recording->hold();
  ASSERT_TRUE(studio.player->locate(FramePosition{100'000}));
  studio.player->play();
  studio.recording->roll(FramePosition{100'000});
  studio.run(256, 20'480, kDelay);
  studio.recording->stop();
  studio.run(256, 6'000, kDelay);
  const auto takes = studio.takes();
  ASSERT_EQ(takes.size(), 2U);
  EXPECT_EQ(takes[0].length, Frames{20'480});
  EXPECT_EQ(takes[1].song, FramePosition{100'000});
  EXPECT_EQ(takes[1].length, Frames{20'480});
  // What is captured is not continuous: the second take's sound begins later, in its place.
  expect_in_time(studio, takes[0], studio.song(), 0);
  expect_in_time(studio, takes[1], studio.song(), kFade + kDelay);
}

TEST(RecordingTest, AMeasuredLatencyIsBelievedBeforeTheDriver) {
  Studio studio({.channels = 1, .end = FramePosition{20'000}, .latency = Frames{kDelay}});
  // The driver is off by 400 frames.
  AudioBuffer in(1, 64);
  AudioBuffer out(2, 64);
  studio.recording->process(in.block(), out.block(), {.position = {}, .round_trip = Frames{kDelay - 400}});
  EXPECT_EQ(studio.recording->latency(), Frames{kDelay});
  EXPECT_EQ(studio.recording->round_trip(), Frames{kDelay - 400});
  const CaptureRecord record = studio.finish();
  EXPECT_TRUE(latency_of(record).is_measured);
}

TEST(RecordingTest, AnIncredibleRoundTripIsNotTakenOff) {
  for (const std::int64_t reported : {std::int64_t{4'294'967'296'000}, std::int64_t{-500'000}}) {
    Studio studio({.channels = 1, .end = FramePosition{2'000}});
    AudioBuffer in(1, 1'000);
    AudioBuffer out(2, 1'000);
    for (std::int64_t at = 0; at < 3; ++at)
      studio.recording->process(in.block(), out.block(),
                                {.position = FramePosition{at * 1'000}, .round_trip = Frames{reported}});
    EXPECT_TRUE(studio.recording->is_complete());
    EXPECT_EQ(studio.recording->latency(), Frames{0});
  }
}

TEST(RecordingTest, PeaksClipsAndXrunsAreCountedAndMarked) {
  Studio studio({.channels = 2});
  AudioBuffer in(2, 8);
  AudioBuffer out(2, 8);
  in.block().channel(0)[3] = -0.5F;
  in.block().channel(1)[7] = 1.0F;
  studio.recording->process(in.block(), out.block(), {.position = {}, .round_trip = Frames{0}, .xrun = true});
  EXPECT_EQ(studio.recording->xruns(), 1);
  EXPECT_EQ(studio.recording->clips(), 1);
  EXPECT_EQ(studio.recording->take_peak(0), 0.5F);
  EXPECT_EQ(studio.recording->take_peak(0), 0.0F);
  EXPECT_EQ(studio.recording->take_peak(1), 1.0F);
  const auto takes = studio.takes();
  ASSERT_EQ(takes.size(), 1U);
  EXPECT_EQ(takes[0].marks.size(), 2U);
}

TEST(RecordingTest, ChosenInputsAreRecordedInTheirOrder) {
  Studio studio({.channels = 2, .inputs = {3, 1}});
  AudioBuffer in(4, 8);
  AudioBuffer out(2, 8);
  for (int c = 0; c < 4; ++c) in.block().channel(c)[0] = 0.1F * static_cast<float>(c + 1);
  studio.recording->process(in.block(), out.block(), {.position = {}, .round_trip = Frames{0}});
  EXPECT_EQ(studio.recording->take_peak(0), 0.1F * 3.0F);
  EXPECT_EQ(studio.recording->take_peak(1), 0.1F);
}

TEST(RecordingTest, SoftMonitoringPutsTheInputUnderTheSong) {
  Studio quiet({.channels = 1});
  Studio loud({.channels = 1, .monitor = Monitor::soft});
  AudioBuffer in(1, 64);
  AudioBuffer one(2, 64);
  AudioBuffer other(2, 64);
  for (float& sample : in.block().channel(0)) sample = 0.25F;
  quiet.recording->process(in.block(), one.block(), {});
  loud.recording->process(in.block(), other.block(), {});
  for (int c = 0; c < 2; ++c)
    for (std::size_t n = 0; n < 64; ++n) ASSERT_EQ(other.block().channel(c)[n], one.block().channel(c)[n] + 0.25F);
}

// A disk that stalls: the writing thread is held by more frames at once than the ring holds.
TEST(RecordingTest, LostFramesBecomeSilenceMoveNothingAndAreMarked) {
  Studio studio({.channels = 1});
  constexpr int kHuge = 2'000'000;  // the ring holds 2^19
  AudioBuffer in(1, kHuge);
  AudioBuffer out(2, kHuge);
  for (int f = 0; f < kHuge; ++f) in.block().channel(0)[static_cast<std::size_t>(f)] = static_cast<float>(f + 1);
  studio.recording->process(in.block(), out.block(), {});
  ASSERT_GT(studio.recording->lost_frames(), 0);
  const std::int64_t kept = kHuge - studio.recording->lost_frames();
  // Small blocks until the silence is through: each is either lost as well or in its place.
  constexpr int kAfter = 64;
  std::int64_t blocks = 0;
  for (int quiet = 0; quiet < 100; ++blocks) {
    for (int f = 0; f < kAfter; ++f)
      in.block().channel(0)[static_cast<std::size_t>(f)] = static_cast<float>(blocks % 1'000 + 7);
    const std::int64_t lost_before = studio.recording->lost_frames();
    studio.recording->process(in.block().slice(0, kAfter), out.block().slice(0, kAfter), {});
    if (studio.recording->lost_frames() == lost_before) ++quiet;
    std::this_thread::yield();
  }
  const std::int64_t total = kHuge + blocks * kAfter;
  const auto takes = studio.takes();
  ASSERT_EQ(static_cast<std::int64_t>(studio.captured.size()), total);
  EXPECT_EQ(std::ranges::count(studio.captured, 0.0F), studio.recording->lost_frames());
  for (std::int64_t f = 0; f < kept; ++f)
    ASSERT_EQ(studio.captured[static_cast<std::size_t>(f)], static_cast<float>(f + 1));
  EXPECT_EQ(studio.captured.back(), static_cast<float>((blocks - 1) % 1'000 + 7));
  ASSERT_EQ(takes.size(), 1U);
  std::int64_t marked = 0;
  for (const CapturedMark& mark : takes[0].marks)
    if (mark.kind == CaptureEvent::Kind::lost) {
      marked += mark.length.count;
      EXPECT_EQ(studio.captured[static_cast<std::size_t>(mark.position)], 0.0F);
    }
  EXPECT_EQ(marked, studio.recording->lost_frames());
}

}  // namespace
}  // namespace talkback::recorder
