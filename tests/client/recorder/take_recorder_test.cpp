// The recorder driven by hand, as a device would: no device, no clock.
#include "client/recorder/take_recorder.hpp"

#include <gtest/gtest.h>

#include "engine/media/audio_file.hpp"
#include "tests/support/realtime_guard.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::recorder {
namespace {

constexpr SampleRate kRate{48'000};

// The song: frame n sounds as n + 1 in both channels, so that silence is told from sound.
Result<int> counting(AudioBlock block, std::int64_t& made, std::int64_t length) {
  const int frames = static_cast<int>(std::min<std::int64_t>(block.frame_count(), length - made));
  for (int f = 0; f < frames; ++f)
    for (int c = 0; c < block.channel_count(); ++c)
      block.channel(c)[static_cast<std::size_t>(f)] = static_cast<float>(made + f + 1);
  made += frames;
  return frames;
}

class Studio {
 public:
  explicit Studio(TakeOptions options, std::int64_t song_frames = 1'000'000)
      : song_frames_(song_frames),
        channels_(options.channels),
        file_(*CaptureFile::create(folder_ / "take.capture", kRate, options.channels)),
        take(std::move(options), kRate, playback_, file_) {
    EXPECT_TRUE(playback_.wait_until_ready());
  }

  // A loopback: what was played comes back after `delay` frames. Returns what was played.
  std::vector<float> run(int block_frames, int frames, int delay) {
    AudioBuffer in(channels_, block_frames);
    AudioBuffer out(2, block_frames);
    played_.reserve(static_cast<std::size_t>(frames + block_frames));
    for (int at = 0; at < frames; at += block_frames) {
      for (int f = 0; f < block_frames; ++f) {
        const std::int64_t from = position_ + f - delay;
        const float echo = from >= 0 ? played_[static_cast<std::size_t>(from)] : 0.0F;
        for (int c = 0; c < channels_; ++c) in.block().channel(c)[static_cast<std::size_t>(f)] = echo;
      }
      {
        const test::RealtimeGuard guard;
        take.process(in.block(), out.block(), {FramePosition{position_}, Frames{delay}, false});
      }
      const auto heard = out.block().channel(0);
      played_.insert(played_.end(), heard.begin(), heard.end());
      position_ += block_frames;
    }
    return played_;
  }

  std::vector<float> captured() {
    EXPECT_TRUE(take.finish());
    EXPECT_TRUE(write_wav(folder_ / "take.capture", folder_ / "take.wav", {}));
    auto reader = media::open_audio_file(folder_ / "take.wav");
    AudioBuffer sound(channels_, static_cast<int>((*reader)->length().count));
    EXPECT_TRUE((*reader)->read(FramePosition{0}, sound.block()));
    const auto samples = sound.block().channel(0);
    return {samples.begin(), samples.end()};
  }

 private:
  TemporaryFolder folder_;
  std::int64_t song_frames_;
  std::int64_t made_ = 0;
  int channels_;
  std::int64_t position_ = 0;
  std::vector<float> played_;
  realtime::ReadAhead playback_{2, 1 << 20, [this](AudioBlock block) { return counting(block, made_, song_frames_); }};
  CaptureFile file_;

 public:
  TakeRecorder take;
};

class BlockSizeTest : public ::testing::TestWithParam<int> {};

// Captured frame s belongs to the song's frame s - lead_in - round_trip.
TEST_P(BlockSizeTest, TheTakeAlignsWithTheSong) {
  constexpr int kDelay = 5'000;  // longer than any block: an echo cannot come earlier
  Studio studio({.channels = 1, .lead_in = Frames{24'000}, .length = Frames{20'000}});
  studio.run(GetParam(), 60'000, kDelay);
  EXPECT_EQ(studio.take.round_trip(), Frames{kDelay});
  const std::vector<float> captured = studio.captured();
  ASSERT_GE(captured.size(), 24'000U + kDelay + 20'000U);
  for (std::size_t s = 0; s < 24'000 + kDelay + 20'000; ++s) {
    const float expected = s < kDelay ? 0.0F : static_cast<float>(s - kDelay + 1);
    ASSERT_EQ(captured[s], expected) << "frame " << s;
  }
  EXPECT_EQ(studio.take.lost_frames(), 0);
}

TEST_P(BlockSizeTest, TheTakeIsDoneAfterItsLengthAndTheRoundTrip) {
  constexpr int kDelay = 4'321;
  Studio studio({.channels = 1, .lead_in = Frames{1'000}, .length = Frames{9'000}});
  const int wanted = 1'000 + 9'000 + kDelay;
  int frames = 0;
  while (!studio.take.is_done()) {
    studio.run(GetParam(), GetParam(), kDelay);
    frames += GetParam();
    ASSERT_LE(frames, wanted + GetParam());
  }
  EXPECT_GE(frames, wanted);
  EXPECT_LT(frames, wanted + GetParam());
  EXPECT_GE(studio.captured().size(), static_cast<std::size_t>(wanted));
}

INSTANTIATE_TEST_SUITE_P(Blocks, BlockSizeTest, ::testing::Values(16, 64, 441, 4096));

TEST(TakeRecorderTest, WithoutALengthItGoesOnUntilItIsStopped) {
  Studio studio({.channels = 2, .lead_in = Frames{}, .length = std::nullopt}, 1'000);
  studio.run(256, 50'000, 256);
  EXPECT_FALSE(studio.take.is_done());
  EXPECT_EQ(studio.captured().size(), 50'176U);
}

TEST(TakeRecorderTest, AnIncredibleRoundTripDoesNotKeepItRecording) {
  Studio studio({.channels = 1, .lead_in = Frames{}, .length = Frames{2'000}});
  AudioBuffer in(1, 1'000);
  AudioBuffer out(2, 1'000);
  for (std::int64_t at = 0; at < 3; ++at)
    studio.take.process(in.block(), out.block(), {FramePosition{at * 1'000}, Frames{4'294'967'296'000}, false});
  EXPECT_TRUE(studio.take.is_done());
  Studio early({.channels = 1, .lead_in = Frames{}, .length = Frames{2'000}});
  early.take.process(in.block(), out.block(), {FramePosition{0}, Frames{-500'000}, false});
  EXPECT_FALSE(early.take.is_done());
}

TEST(TakeRecorderTest, PeakAndXrunsAreCounted) {
  Studio studio({.channels = 1, .lead_in = Frames{}, .length = std::nullopt});
  AudioBuffer in(1, 8);
  AudioBuffer out(2, 8);
  in.block().channel(0)[3] = -0.5F;
  studio.take.process(in.block(), out.block(), {FramePosition{0}, Frames{0}, true});
  EXPECT_EQ(studio.take.xruns(), 1);
  EXPECT_EQ(studio.take.take_peak(), 0.5F);
  EXPECT_EQ(studio.take.take_peak(), 0.0F);
}

// A disk that stalls: the writing thread is held by more frames at once than the ring holds.
TEST(TakeRecorderTest, LostFramesBecomeSilenceAndMoveNothing) {
  Studio studio({.channels = 1, .lead_in = Frames{}, .length = std::nullopt});
  constexpr int kHuge = 2'000'000;  // the ring holds 2^19
  AudioBuffer in(1, kHuge);
  AudioBuffer out(2, 64);
  for (int f = 0; f < kHuge; ++f) in.block().channel(0)[static_cast<std::size_t>(f)] = static_cast<float>(f + 1);
  {
    const test::RealtimeGuard guard;
    studio.take.process(in.block(), out.block(), {FramePosition{0}, Frames{0}, false});
  }
  const std::int64_t lost = studio.take.lost_frames();
  ASSERT_GT(lost, 0);
  // Small blocks until the silence is through: each is either lost as well or in its place.
  constexpr int kAfter = 64;
  std::int64_t at = kHuge;
  std::int64_t lost_before = -1;
  for (int quiet = 0; quiet < 100; ++at) {
    for (int f = 0; f < kAfter; ++f)
      in.block().channel(0)[static_cast<std::size_t>(f)] = static_cast<float>(at % 1'000 + 7);
    lost_before = studio.take.lost_frames();
    studio.take.process(in.block().slice(0, kAfter), out.block(), {FramePosition{at}, Frames{0}, false});
    if (studio.take.lost_frames() == lost_before) ++quiet;
    std::this_thread::yield();
  }
  const std::int64_t total = kHuge + (at - kHuge) * kAfter;
  const std::vector<float> captured = studio.captured();
  ASSERT_EQ(static_cast<std::int64_t>(captured.size()), total);
  EXPECT_EQ(std::ranges::count(captured, 0.0F), studio.take.lost_frames());
  const std::int64_t kept = kHuge - lost;
  for (std::int64_t f = 0; f < kept; ++f) ASSERT_EQ(captured[static_cast<std::size_t>(f)], static_cast<float>(f + 1));
  EXPECT_EQ(captured.back(), static_cast<float>((at - 1) % 1'000 + 7));
}

TEST(TakeRecorderTest, ADiskThatFailsEndsTheTakeWithItsError) {
  TemporaryFolder folder;
  std::int64_t made = 0;
  realtime::ReadAhead playback(2, 48'000, [&](AudioBlock block) { return counting(block, made, 1'000'000); });
  CaptureFile file = *CaptureFile::create(folder / "take.capture", kRate, 1);
  CaptureFile moved(std::move(file));  // what is left behind has no file any more
  TakeRecorder take({.channels = 1, .lead_in = Frames{}, .length = std::nullopt}, kRate, playback, file);
  AudioBuffer in(1, 64);
  AudioBuffer out(2, 64);
  take.process(in.block(), out.block(), {FramePosition{0}, Frames{0}, false});
  while (!take.is_done()) std::this_thread::yield();
  EXPECT_FALSE(take.finish());
}

}  // namespace
}  // namespace talkback::recorder
