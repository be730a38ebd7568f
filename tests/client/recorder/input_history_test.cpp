// What was sung in the last minute: complete, in its place, and no more than that.
#include "client/recorder/input_history.hpp"

#include <gtest/gtest.h>

#include "tests/support/realtime_guard.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::recorder {
namespace {

constexpr int kRate = 8'000;
constexpr int kBlock = 256;
constexpr int kChannels = 2;

// Plays a constant, so that a test sees that it is called.
class Player final : public device::StreamCallback {
 public:
  void process(ConstAudioBlock, AudioBlock output, const device::StreamTime&) noexcept override {
    for (int c = 0; c < output.channel_count(); ++c) std::ranges::fill(output.channel(c), 0.25F);
  }
};

CaptureStart start_of(const std::string& id) {
  CaptureStart start;
  start.recording_id = id;
  start.project_id = "song";
  start.rate = SampleRate{kRate};
  start.channels = kChannels;
  start.recorded_unix_ms = 1'000'000;
  return start;
}

class InputHistoryTest : public ::testing::Test {
 protected:
  // Input 2 counts frames, input 3 counts down.
  static float sample_of(int number, std::int64_t frame) {
    const auto value = static_cast<float>(frame % 65'536) / 65'536.0F;
    return number == 2 ? value : -value;
  }
  // Calls as a device would, and waits for the disk so that nothing is lost however slow this machine is.
  void sing(RememberedInput& remembered, int frames) {
    AudioBuffer in(3, kBlock);
    AudioBuffer out(2, kBlock);
    for (int done = 0; done < frames; done += kBlock) {
      const int block = std::min(kBlock, frames - done);
      for (int c = 1; c < 3; ++c)
        for (int n = 0; n < block; ++n) in.block().channel(c)[static_cast<std::size_t>(n)] = sample_of(c + 1, sung + n);
      while (realtime::AudioRing::Writer(remembered.ring()).space() < block) std::this_thread::yield();
      device::StreamTime time;
      time.round_trip = Frames{300};
      time.buffer_frames = kBlock;
      const test::RealtimeGuard guard;
      remembered.process(in.block().slice(0, block), out.block().slice(0, block), time);
      sung += block;
    }
    EXPECT_EQ(out.block().channel(0)[0], 0.25F) << "the song is heard as before";
  }
  void expect_is(const Remembered& remembered, std::int64_t first, std::int64_t frames) {
    ASSERT_EQ(remembered.sound.frame_count(), frames);
    EXPECT_EQ(remembered.song.count, 4'000 + first);
    for (int c = 0; c < kChannels; ++c)
      for (std::int64_t n = 0; n < frames; ++n)
        ASSERT_EQ(remembered.sound.block().channel(c)[static_cast<std::size_t>(n)], sample_of(c + 2, first + n)) << n;
  }

  TemporaryFolder folder;
  std::filesystem::path lately = folder / "lately";
  Player player;
  RememberedInput input{{2, 3}, SampleRate{kRate}, player};
  std::int64_t sung = 0;
};

TEST_F(InputHistoryTest, AllOfAShortRunIsThereAndTheLastSecondsOfIt) {
  {
    InputHistory history(input, lately, start_of("a"), FramePosition{4'000});
    sing(input, 25 * kRate + 77);
    history.set_latency(Frames{123}, true);
    sing(input, 11 * kRate);
  }
  EXPECT_EQ(input.lost_frames(), 0);
  EXPECT_EQ(input.round_trip().count, 300);
  const auto all = read_input_history(lately, kInputHistorySeconds);
  ASSERT_TRUE(all) << all.error().message;
  expect_is(*all, 0, 36 * kRate + 77);
  EXPECT_EQ(all->latency.value, 123);
  EXPECT_EQ(all->latency.frame, 1) << "measured";
  const auto last = read_input_history(lately, 3.5);
  ASSERT_TRUE(last);
  expect_is(*last, 36 * kRate + 77 - 28'000, 28'000);
  EXPECT_NEAR(static_cast<double>(last->start.recorded_unix_ms), 1'000'000 + 32'509, 2);
}

TEST_F(InputHistoryTest, OfALongRunTheLastMinuteAndLittleMoreIsKept) {
  InputHistory history(input, lately, start_of("a"), FramePosition{4'000});
  sing(input, 200 * kRate);
  // While it goes on: what the thread has not written yet is not there yet.
  std::optional<Remembered> last;
  do {
    auto read = read_input_history(lately, kInputHistorySeconds);
    if (read) last = *std::move(read);
  } while (!last || last->song.count + last->sound.frame_count() < 4'000 + 200 * kRate);
  expect_is(*last, 140 * kRate, 60 * kRate);
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(lately)) bytes += entry.file_size();
  // A minute, the piece that it begins in, the two seconds that were written since pieces were last looked at, and
  // heads.
  EXPECT_LT(bytes, (60U + kInputSegmentSeconds + 2U + 1U) * kRate * kChannels * sizeof(float));
}

TEST_F(InputHistoryTest, ANewRunForgetsTheOneBefore) {
  {
    InputHistory history(input, lately, start_of("a"), FramePosition{4'000});
    sing(input, 30 * kRate);
  }
  sung = 0;
  RememberedInput again({2, 3}, SampleRate{kRate}, player);
  {
    InputHistory history(again, lately, start_of("b"), FramePosition{4'000});
    sing(again, kRate);
  }
  const auto read = read_input_history(lately, kInputHistorySeconds);
  ASSERT_TRUE(read);
  expect_is(*read, 0, kRate);
}

TEST_F(InputHistoryTest, FramesThatTheDiskIsTooSlowForAreSilentAndMoveNothing) {
  AudioBuffer in(3, kBlock);
  AudioBuffer out(2, kBlock);
  // Nobody empties the ring yet.
  int blocks = 0;
  while (input.lost_frames() == 0) {
    for (std::size_t n = 0; n < kBlock; ++n) in.block().channel(1)[n] = in.block().channel(2)[n] = 0.5F;
    input.process(in.block(), out.block(), {});
    ++blocks;
  }
  const std::int64_t lost = input.lost_frames();
  {
    InputHistory history(input, lately, start_of("a"), FramePosition{4'000});
    while (realtime::AudioRing::Writer(input.ring()).space() < input.ring().capacity()) std::this_thread::yield();
    for (std::size_t n = 0; n < kBlock; ++n) in.block().channel(1)[n] = in.block().channel(2)[n] = 0.75F;
    input.process(in.block(), out.block(), {});
  }
  EXPECT_EQ(input.lost_frames(), lost);
  const auto read = read_input_history(lately, kInputHistorySeconds);
  ASSERT_TRUE(read);
  const auto samples = read->sound.block().channel(0);
  ASSERT_EQ(samples.size(), static_cast<std::size_t>((blocks + 1) * kBlock));
  const auto gap = static_cast<std::size_t>(blocks * kBlock - lost);
  for (std::size_t n = 0; n < samples.size(); ++n)
    ASSERT_EQ(samples[n], n < gap ? 0.5F : n < static_cast<std::size_t>(blocks * kBlock) ? 0.0F : 0.75F) << n;
}

TEST_F(InputHistoryTest, NothingAndAFullDiskAreSaid) {
  EXPECT_EQ(read_input_history(lately, 60.0).error().code, ErrorCode::not_found);
  std::ofstream(folder / "file") << "in the way";
  InputHistory history(input, folder / "file" / "lately", start_of("a"), FramePosition{0});
  sing(input, kBlock);
  while (!history.error()) std::this_thread::yield();
  EXPECT_NE(history.error()->message.find("journal"), std::string::npos) << history.error()->message;
}

}  // namespace
}  // namespace talkback::recorder
