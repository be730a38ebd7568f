#include "engine/effects/utility.hpp"

#include <gtest/gtest.h>

#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

// What comes out, once everything has arrived, where the left is 0.5 and the right 0.25.
std::pair<float, float> of_half_and_quarter(const std::vector<Setting>& settings) {
  auto effect = prepared("utility", settings);
  AudioBuffer sound(2, 8);
  std::ranges::fill(sound.block().channel(0), 0.5F);
  std::ranges::fill(sound.block().channel(1), 0.25F);
  effect->process(sound.block());
  return {sound.block().channel(0)[7], sound.block().channel(1)[7]};
}

using Sides = std::pair<float, float>;

TEST(UtilityTest, DefaultsAreTransparent) {
  auto effect = prepared("utility", {});
  AudioBuffer sound = noise(2, 1'000);
  effect->process(sound.block());
  for (int c = 0; c < 2; ++c)
    EXPECT_TRUE(std::ranges::equal(sound.block().channel(c), noise(2, 1'000).block().channel(c)));
}

TEST(UtilityTest, EverySwitchDoesWhatItSays) {
  EXPECT_EQ(of_half_and_quarter({{"left_polarity_inverted", 1}}), Sides(-0.5F, 0.25F));
  EXPECT_EQ(of_half_and_quarter({{"right_polarity_inverted", 1}}), Sides(0.5F, -0.25F));
  EXPECT_EQ(of_half_and_quarter({{"swap_channels", 1}}), Sides(0.25F, 0.5F));
  EXPECT_EQ(of_half_and_quarter({{"mono", 1}}), Sides(0.375F, 0.375F));
  // The side, for whoever wants to hear it: one polarity, then mono.
  EXPECT_EQ(of_half_and_quarter({{"mono", 1}, {"right_polarity_inverted", 1}}), Sides(0.125F, 0.125F));
  EXPECT_EQ(of_half_and_quarter({{"swap_channels", 1}, {"left_polarity_inverted", 1}}), Sides(0.25F, -0.5F));
}

TEST(UtilityTest, GainIsInDecibelsAndItsBottomIsSilence) {
  EXPECT_NEAR(of_half_and_quarter({{"gain_db", 6.0}}).first, 0.5F * 1.995262F, 1e-6F);
  EXPECT_EQ(of_half_and_quarter({{"gain_db", -144.0}}), Sides(0.0F, 0.0F));
  EXPECT_EQ(of_half_and_quarter({{"gain_db", -1e30}}), Sides(0.0F, 0.0F));
  EXPECT_EQ(of_half_and_quarter({{"gain_db", std::nan("")}}), Sides(0.5F, 0.25F));
}

// First order: |H| = 1 / sqrt(1 + (5 / f)^2).
TEST(UtilityTest, DcFilterTakesTheConstantAndLeavesTheBass) {
  auto effect = prepared("utility", {{"dc_filter", 1}});
  AudioBuffer sound(2, 96'000);
  for (int c = 0; c < 2; ++c) std::ranges::fill(sound.block().channel(c), 0.5F);
  effect->process(sound.block());
  EXPECT_LT(peak_of(sound.block().slice(95'000, 1'000)), 1e-6);
  for (const double hz : {5.0, 20.0, 100.0}) {
    effect->reset();
    AudioBuffer low = tone(2, 96'000, hz / 48'000.0, 0.5);
    effect->process(low.block());
    EXPECT_NEAR(peak_of(low.block().slice(48'000, 48'000)) / 0.5, 1.0 / std::sqrt(1.0 + 25.0 / (hz * hz)), 1e-3) << hz;
  }
}

TEST(UtilityTest, AMonoTrackKnowsTheLeftPolarityOnly) {
  auto effect = prepared("utility", {{"left_polarity_inverted", 1}, {"swap_channels", 1}, {"mono", 1}}, 1);
  AudioBuffer sound(1, 8);
  std::ranges::fill(sound.block().channel(0), 0.5F);
  effect->process(sound.block());
  EXPECT_EQ(sound.block().channel(0)[7], -0.5F);
}

// A polarity that turns over passes through silence within a line of the grid: no step is greater than its part.
TEST(UtilityTest, SwitchesDoNotClick) {
  auto effect = prepared("utility", {});
  AudioBuffer sound(2, 96);
  std::ranges::fill(sound.block().channel(0), 0.5F);
  effect->process(sound.block().slice(0, 32));
  effect->set(1, 1.0);
  effect->process(sound.block().slice(32, 64));
  for (std::size_t n = 1; n < 96; ++n)
    EXPECT_LE(std::abs(sound.block().channel(0)[n] - sound.block().channel(0)[n - 1]), 1.0F / 32.0F + 1e-6F);
  EXPECT_EQ(sound.block().channel(0)[95], -0.5F);
}

}  // namespace
}  // namespace talkback::effects
