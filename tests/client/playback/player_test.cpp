#include "client/playback/player.hpp"

#include <gtest/gtest.h>

#include "tests/support/realtime_guard.hpp"

namespace talkback::playback {
namespace {

TEST(PlayerTest, PlaysTheSourceThenSilenceInBlocksOfAnySize) {
  for (const int block_frames : {16, 64, 441, 4096}) {
    std::int64_t made = 0;
    realtime::ReadAhead source(2, 48'000, [&](AudioBlock block) -> Result<int> {
      const int frames = static_cast<int>(std::min<std::int64_t>(block.frame_count(), 30'000 - made));
      for (int f = 0; f < frames; ++f)
        for (int c = 0; c < 2; ++c)
          block.channel(c)[static_cast<std::size_t>(f)] = static_cast<float>(made + f + 1) * (c == 0 ? 1.0F : -1.0F);
      made += frames;
      return frames;
    });
    ASSERT_TRUE(source.wait_until_ready());
    Player player(source);
    AudioBuffer out(2, block_frames);
    std::int64_t at = 0;
    while (!source.is_over()) {
      {
        const test::RealtimeGuard guard;
        player.process({}, out.block(), {FramePosition{at}, Frames{0}, at == 0});
      }
      for (int f = 0; f < block_frames; ++f) {
        const float expected = at + f < 30'000 ? static_cast<float>(at + f + 1) : 0.0F;
        ASSERT_EQ(out.block().channel(0)[static_cast<std::size_t>(f)], expected);
        ASSERT_EQ(out.block().channel(1)[static_cast<std::size_t>(f)], -expected);
      }
      at += block_frames;
    }
    EXPECT_EQ(player.played(), Frames{at});
    EXPECT_EQ(player.xruns(), 1);
    EXPECT_EQ(source.late_frames(), 0);
  }
}

}  // namespace
}  // namespace talkback::playback
