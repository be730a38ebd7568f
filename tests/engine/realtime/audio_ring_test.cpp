#include "engine/realtime/audio_ring.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/realtime_guard.hpp"

namespace talkback::realtime {
namespace {

// Frame n holds n + 1 in channel 0 and its negative in channel 1.
void fill(AudioBlock block, std::int64_t first) {
  for (int c = 0; c < block.channel_count(); ++c)
    for (int f = 0; f < block.frame_count(); ++f)
      block.channel(c)[static_cast<std::size_t>(f)] =
          static_cast<float>((first + f) % 8'000'000 + 1) * (c % 2 == 0 ? 1.0F : -1.0F);
}

bool holds(ConstAudioBlock block, std::int64_t first) {
  AudioBuffer expected(block.channel_count(), block.frame_count());
  fill(expected.block(), first);
  for (int c = 0; c < block.channel_count(); ++c)
    if (!std::ranges::equal(block.channel(c), expected.block().channel(c))) return false;
  return true;
}

TEST(AudioRingTest, AtLeastTheWantedFramesFit) {
  EXPECT_GE(AudioRing(1, 1'000).capacity(), 1'000);
  EXPECT_GE(AudioRing(2, 1).capacity(), 1);
}

TEST(AudioRingTest, ComesOutAsItWentInAcrossTheEdge) {
  AudioRing ring(2, 64);
  AudioRing::Writer writer(ring);
  AudioRing::Reader reader(ring);
  AudioBuffer in(2, 48);
  AudioBuffer out(2, 48);
  for (std::int64_t at = 0; at < 4'800; at += 48) {
    fill(in.block(), at);
    const test::RealtimeGuard guard;
    ASSERT_EQ(writer.write(in.block()), 48);
    ASSERT_EQ(reader.available(), 48);
    ASSERT_EQ(reader.read(out.block().slice(0, 20)), 20);
    ASSERT_EQ(reader.read(out.block().slice(20, 28)), 28);
  }
  EXPECT_TRUE(holds(out.block(), 4'752));
}

TEST(AudioRingTest, AFullRingTakesWhatFitsAndSaysHowMuch) {
  AudioRing ring(1, 64);
  AudioRing::Writer writer(ring);
  AudioRing::Reader reader(ring);
  AudioBuffer in(1, 100);
  fill(in.block(), 0);
  EXPECT_EQ(writer.write(in.block()), 64);
  EXPECT_EQ(writer.space(), 0);
  EXPECT_EQ(writer.write(in.block()), 0);
  EXPECT_EQ(writer.write_silence(5), 0);
  AudioBuffer out(1, 100);
  EXPECT_EQ(reader.read(out.block()), 64);
  EXPECT_TRUE(holds(out.block().slice(0, 64), 0));
}

TEST(AudioRingTest, AnEmptyRingGivesNothingAndTouchesNothing) {
  AudioRing ring(1, 64);
  AudioRing::Reader reader(ring);
  AudioBuffer out(1, 10);
  fill(out.block(), 5);
  EXPECT_EQ(reader.available(), 0);
  EXPECT_EQ(reader.read(out.block()), 0);
  EXPECT_TRUE(holds(out.block(), 5));
}

TEST(AudioRingTest, SilenceTakesItsPlaceInTheOrder) {
  AudioRing ring(1, 16);
  AudioRing::Writer writer(ring);
  AudioRing::Reader reader(ring);
  AudioBuffer in(1, 10);
  AudioBuffer out(1, 16);
  fill(in.block(), 0);
  writer.write(in.block());
  EXPECT_EQ(writer.write_silence(100), 6);
  EXPECT_EQ(reader.read(out.block()), 16);
  EXPECT_TRUE(holds(out.block().slice(0, 10), 0));
  for (const float sample : out.block().slice(10, 6).channel(0)) EXPECT_EQ(sample, 0.0F);
}

TEST(AudioRingTest, TwoThreadsPassEveryFrameInOrder) {
  constexpr std::int64_t kFrames = 2'000'000;
  AudioRing ring(2, 1'000);
  std::jthread writing([&] {
    AudioRing::Writer writer(ring);
    AudioBuffer in(2, 333);
    for (std::int64_t at = 0; at < kFrames;) {
      const int frames = static_cast<int>(std::min<std::int64_t>(333, kFrames - at));
      fill(in.block(), at);
      const int taken = writer.write(ConstAudioBlock(in.block().slice(0, frames)));
      at += taken;
      if (taken == 0) std::this_thread::yield();
    }
  });
  AudioRing::Reader reader(ring);
  AudioBuffer out(2, 441);
  for (std::int64_t at = 0; at < kFrames;) {
    const int got = reader.read(out.block());
    ASSERT_TRUE(holds(out.block().slice(0, got), at)) << at;
    at += got;
    if (got == 0) std::this_thread::yield();
  }
  EXPECT_EQ(reader.available(), 0);
}

}  // namespace
}  // namespace talkback::realtime
