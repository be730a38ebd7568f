#include "engine/realtime/read_ahead.hpp"

#include <gtest/gtest.h>

#include "tests/support/realtime_guard.hpp"

namespace talkback::realtime {
namespace {

// Frame n sounds as n + 1, up to `length`.
ReadAhead::Make counting(std::int64_t length) {
  return [made = std::int64_t{0}, length](AudioBlock block) mutable -> Result<int> {
    const int frames = static_cast<int>(std::min<std::int64_t>(block.frame_count(), length - made));
    for (int f = 0; f < frames; ++f) block.channel(0)[static_cast<std::size_t>(f)] = static_cast<float>(made + f + 1);
    made += frames;
    return frames;
  };
}

TEST(ReadAheadTest, GivesTheSoundInOrderThenSilence) {
  for (const std::int64_t length : {0, 1, 4'096, 8'192, 100'001}) {
    SCOPED_TRACE(length);
    ReadAhead ahead(1, 200'000, counting(length));
    ASSERT_TRUE(ahead.wait_until_ready());
    EXPECT_FALSE(ahead.is_over());
    AudioBuffer out(1, 441);
    std::int64_t at = 0;
    while (!ahead.is_over()) {
      {
        const test::RealtimeGuard guard;
        ahead.read(out.block());
      }
      for (int f = 0; f < 441; ++f)
        ASSERT_EQ(out.block().channel(0)[static_cast<std::size_t>(f)],
                  at + f < length ? static_cast<float>(at + f + 1) : 0.0F);
      at += 441;
    }
    EXPECT_GE(at, length);
    EXPECT_LE(at, length + 2 * 441);
    EXPECT_EQ(ahead.late_frames(), 0);
    EXPECT_EQ(ahead.error(), std::nullopt);
  }
}

TEST(ReadAheadTest, MakesNoMoreThanItsWayAhead) {
  std::atomic<std::int64_t> made{0};
  ReadAhead ahead(1, 32'768, [&](AudioBlock block) -> Result<int> {
    made += block.frame_count();
    return block.frame_count();
  });
  ASSERT_TRUE(ahead.wait_until_ready());
  EXPECT_LE(made.load(), 32'768);
}

TEST(ReadAheadTest, AnErrorEndsTheSoundAndIsSaid) {
  int blocks = 0;
  ReadAhead ahead(1, 1 << 20, [&](AudioBlock block) -> Result<int> {
    if (++blocks == 3) return Error{ErrorCode::corrupt, "the sound is damaged"};
    return block.frame_count();
  });
  const auto ready = ahead.wait_until_ready();
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().message, "the sound is damaged");
  AudioBuffer out(1, 4'096);
  for (int i = 0; i < 3; ++i) ahead.read(out.block());
  EXPECT_TRUE(ahead.is_over());
  ASSERT_TRUE(ahead.error());
  EXPECT_EQ(ahead.error()->code, ErrorCode::corrupt);
}

// The maker is held back, as by a slow disk.
TEST(ReadAheadTest, WhatComesTooLateIsSilentAndCounted) {
  std::atomic<bool> may_go_on{false};
  ReadAhead ahead(1, 32'768, [&, blocks = 0](AudioBlock block) mutable -> Result<int> {
    if (++blocks > 1) may_go_on.wait(false);
    std::ranges::fill(block.channel(0), 1.0F);
    return blocks > 2 ? 0 : block.frame_count();
  });
  AudioBuffer out(1, 4'096);
  do ahead.read(out.block());
  while (out.block().channel(0)[0] == 0.0F);
  const std::int64_t before = ahead.late_frames();
  ahead.read(out.block());
  EXPECT_EQ(ahead.late_frames(), before + 4'096);
  EXPECT_EQ(out.block().channel(0)[0], 0.0F);
  may_go_on = true;
  may_go_on.notify_all();
}

TEST(RealtimeGuardTest, SeesAllocationsAndLocks) {
  if (!test::kRealtimeGuardWorks) GTEST_SKIP() << "the sanitizer owns these functions";
  std::mutex mutex;
  test::RealtimeGuard guard;
  auto* volatile memory = new int(7);
  EXPECT_EQ(guard.forgive(), 1);
  delete memory;
  EXPECT_EQ(guard.forgive(), 1);
  mutex.lock();
  mutex.unlock();
  EXPECT_EQ(guard.forgive(), 1);
}

}  // namespace
}  // namespace talkback::realtime
