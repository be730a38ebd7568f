#include "client/playback/player.hpp"

#include <gtest/gtest.h>

#include "tests/support/realtime_guard.hpp"
#include "tests/support/session_builder.hpp"

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

TEST(PlayerTest, PlaysASessionUpToALength) {
  SessionBuilder builder;
  builder.sounding_track("Voice", test_constant(2, 10'000, 0.5F));
  auto graph = realtime::GraphPlayer::create(builder.session, {}, builder.library);
  ASSERT_TRUE(graph);
  (*graph)->play();
  Player player(**graph, Frames{1'000});
  AudioBuffer out(2, 256);
  for (int block = 0; block < 4; ++block) {
    EXPECT_FALSE(player.is_over());
    const test::RealtimeGuard guard;
    player.process({}, out.block(), {FramePosition{256 * block}, Frames{0}, block == 1});
  }
  EXPECT_NE(out.block().channel(0)[1'000 - 768 - 1], 0.0F);
  EXPECT_EQ(out.block().channel(0)[1'000 - 768], 0.0F);
  EXPECT_TRUE(player.is_over());
  EXPECT_EQ(player.xruns(), 1);
  EXPECT_EQ((*graph)->state().xruns, 1);
}

}  // namespace
}  // namespace talkback::playback
