#include "engine/effects/tremolo.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/oscillator.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

// A constant shows the gain itself.
AudioBuffer gains(const std::vector<Setting>& settings, int frames = 48'000) {
  auto effect = prepared("tremolo", settings);
  AudioBuffer sound(2, frames);
  for (int c = 0; c < 2; ++c) std::ranges::fill(sound.block().channel(c), 1.0F);
  effect->process(sound.block());
  return sound;
}

TEST(TremoloTest, SineSwingsFromFullToOneLessItsDepth) {
  const AudioBuffer sound = gains({{"rate_hz", 4}, {"depth_percent", 80}, {"stereo_phase_degrees", 180}});
  for (int n = 0; n < 48'000; n += 97) {
    const double wave = std::cos(2.0 * std::numbers::pi * 4.0 * n / 48'000.0);
    ASSERT_NEAR(sound.block().channel(0)[static_cast<std::size_t>(n)], 1.0 - 0.4 * (1.0 - wave), 1e-4) << n;
    ASSERT_NEAR(sound.block().channel(1)[static_cast<std::size_t>(n)], 1.0 - 0.4 * (1.0 + wave), 1e-4) << n;
  }
}

TEST(TremoloTest, TriangleAndSquareHaveTheirShape) {
  const AudioBuffer triangle = gains({{"rate_hz", 1}, {"depth_percent", 100}, {"shape", 2}});
  EXPECT_NEAR(triangle.block().channel(0)[12'000], 0.5F, 1e-3F);
  EXPECT_NEAR(triangle.block().channel(0)[18'000], 0.25F, 1e-3F);
  EXPECT_NEAR(triangle.block().channel(0)[24'000], 0.0F, 1e-3F);
  const AudioBuffer square = gains({{"rate_hz", 1}, {"depth_percent", 100}, {"shape", 3}});
  EXPECT_EQ(square.block().channel(0)[0], 1.0F);
  EXPECT_EQ(square.block().channel(0)[11'900], 1.0F);
  EXPECT_NEAR(square.block().channel(0)[12'000], 0.5F, 0.02F);
  EXPECT_EQ(square.block().channel(0)[12'100], 0.0F);
  // Four milliseconds from full to nothing.
  for (std::size_t n = 1; n < 48'000; ++n)
    ASSERT_LT(std::abs(square.block().channel(0)[n] - square.block().channel(0)[n - 1]), 1.0F / 190.0F);
}

TEST(TremoloTest, DepthOfZeroIsTheInputAndNotANumberIsIgnored) {
  auto effect = prepared("tremolo", {{"depth_percent", 0}, {"rate_hz", std::nan("")}});
  AudioBuffer sound = noise(2, 5'000);
  effect->process(sound.block());
  EXPECT_TRUE(std::ranges::equal(sound.block().channel(0), noise(2, 5'000).block().channel(0)));
}

TEST(OscillatorTest, WavesFollowTheirLaw) {
  for (double turns = -1.0; turns < 2.0; turns += 0.00137) {
    EXPECT_NEAR(static_cast<double>(dsp::sine_of_turns(static_cast<float>(turns))),
                std::sin(2.0 * std::numbers::pi * turns), 2e-6);
    EXPECT_NEAR(static_cast<double>(dsp::triangle_of_turns(static_cast<float>(turns))),
                std::asin(std::sin(2.0 * std::numbers::pi * turns)) * 2.0 / std::numbers::pi, 2e-6);
  }
}

}  // namespace
}  // namespace talkback::effects
