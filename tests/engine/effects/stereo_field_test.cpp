#include "engine/effects/stereo_field.hpp"

#include <gtest/gtest.h>

#include <complex>

#include "engine/dsp/crossover_filters.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

struct Sides {
  double left = 0.0;
  double right = 0.0;
};

Sides of(Sides input, const std::vector<Setting>& settings) {
  auto effect = prepared("stereo_field", settings);
  AudioBuffer sound(2, 8);
  std::ranges::fill(sound.block().channel(0), static_cast<float>(input.left));
  std::ranges::fill(sound.block().channel(1), static_cast<float>(input.right));
  effect->process(sound.block());
  return {static_cast<double>(sound.block().channel(0)[7]), static_cast<double>(sound.block().channel(1)[7])};
}

void expect_sides(Sides result, Sides expected) {
  EXPECT_NEAR(result.left, expected.left, 1e-6);
  EXPECT_NEAR(result.right, expected.right, 1e-6);
}

TEST(StereoFieldTest, DefaultsAreTransparent) {
  auto effect = prepared("stereo_field", {});
  AudioBuffer sound = noise(2, 1'000);
  effect->process(sound.block());
  for (int c = 0; c < 2; ++c)
    EXPECT_TRUE(std::ranges::equal(sound.block().channel(c), noise(2, 1'000).block().channel(c)));
}

TEST(StereoFieldTest, WidthScalesTheSide) {
  expect_sides(of({0.5, 0.25}, {{"width_percent", 0}}), {0.375, 0.375});
  expect_sides(of({0.5, 0.25}, {{"width_percent", 200}}), {0.375 + 0.25, 0.375 - 0.25});
  expect_sides(of({0.5, 0.5}, {{"width_percent", 200}}), {0.5, 0.5});
}

TEST(StereoFieldTest, MidAndSideHaveTheirGains) {
  expect_sides(of({0.5, 0.25}, {{"mid_db", -144}}), {0.125, -0.125});
  expect_sides(of({0.5, 0.25}, {{"side_db", -144}}), {0.375, 0.375});
  expect_sides(of({0.5, 0.25}, {{"mid_db", 20.0}, {"side_db", -20.0}}), {3.75 + 0.0125, 3.75 - 0.0125});
}

TEST(StereoFieldTest, RotationKeepsThePowerAndAQuarterOfARightAnglePutsTheMiddleRight) {
  expect_sides(of({0.5, 0.5}, {{"rotation_degrees", 45}}), {0.0, 0.5 * std::numbers::sqrt2});
  expect_sides(of({0.5, 0.5}, {{"rotation_degrees", -45}}), {0.5 * std::numbers::sqrt2, 0.0});
  expect_sides(of({0.3, 0.1}, {{"rotation_degrees", 180}}), {-0.3, -0.1});
  const Sides turned = of({0.3, 0.1}, {{"rotation_degrees", 33}});
  EXPECT_NEAR(turned.left * turned.left + turned.right * turned.right, 0.1, 1e-7);
}

TEST(StereoFieldTest, BalanceIsTheConstantPowerLaw) {
  expect_sides(of({0.5, 0.5}, {{"balance", 1}}), {0.0, 0.5 * std::numbers::sqrt2});
  const double angle = 0.75 * std::numbers::pi / 2.0;
  expect_sides(of({0.5, 0.5}, {{"balance", 0.5}}),
               {0.5 * std::numbers::sqrt2 * std::cos(angle), 0.5 * std::numbers::sqrt2 * std::sin(angle)});
}

double power(std::span<const float> samples) {
  double sum = 0.0;
  for (const float sample : samples) sum += static_cast<double>(sample) * static_cast<double>(sample);
  return sum;
}

// Side of a tone after the crossover, in decibels below its level before.
double side_db_at(double hz) {
  auto effect = prepared("stereo_field", {{"mono_below_hz", 200}});
  AudioBuffer sound = tone(2, 96'000, hz / 48'000.0, 0.5);
  for (float& sample : sound.block().channel(1)) sample = -sample;
  effect->process(sound.block());
  const auto left = sound.block().channel(0).subspan(48'000);
  return 10.0 * std::log10(power(left) / (48'000.0 * 0.125));
}

TEST(StereoFieldTest, LowsBecomeMonoByTwentyFourDecibelsAnOctave) {
  EXPECT_NEAR(side_db_at(200.0), -6.02, 0.01);
  // |H|^2 of a Butterworth high-pass of second order, twice: 20 log10(1 / (1 + (200 / f)^4)).
  for (const double hz : {50.0, 100.0, 400.0, 2'000.0})
    EXPECT_NEAR(side_db_at(hz), -20.0 * std::log10(1.0 + std::pow(200.0 / hz, 4.0)), 0.02) << hz;
}

// The middle keeps its level everywhere, and well above the corner one side alone stays on its side.
TEST(StereoFieldTest, TheCrossoverLeavesNoTraceAboveAndInTheMiddle) {
  for (const double hz : {60.0, 200.0, 1'000.0, 8'000.0}) {
    auto effect = prepared("stereo_field", {{"mono_below_hz", 200}});
    AudioBuffer sound = tone(2, 96'000, hz / 48'000.0, 0.5);
    effect->process(sound.block());
    EXPECT_NEAR(power(sound.block().channel(0).subspan(48'000)) / (48'000.0 * 0.125), 1.0, 1e-4) << hz;
    EXPECT_TRUE(std::ranges::equal(sound.block().channel(0), sound.block().channel(1)));
  }
  auto effect = prepared("stereo_field", {{"mono_below_hz", 200}});
  AudioBuffer sound = tone(2, 96'000, 8'000.0 / 48'000.0, 0.5);
  std::ranges::fill(sound.block().channel(1), 0.0F);
  effect->process(sound.block());
  // What crosses is the phase between the fourth-order high-pass and its all-pass: nothing but the missing low way.
  EXPECT_LT(peak_of(sound.block().slice(48'000, 48'000)), 0.5005);
  EXPECT_LT(std::sqrt(power(sound.block().channel(1).subspan(48'000)) / 48'000.0), 1e-5);
}

TEST(CrossoverTest, BothWaysSumToTheAllPass) {
  const dsp::CrossoverFilters filters = dsp::crossover_at(0.3);
  for (const double radians : {0.01, 0.1, 0.3, 1.0, 3.0}) {
    const auto low = std::pow(dsp::response_at(filters.low, radians), 2);
    const auto high = std::pow(dsp::response_at(filters.high, radians), 2);
    const auto all = dsp::response_at(filters.all_pass, radians);
    EXPECT_LT(std::abs(low + high - all), 1e-9);
    EXPECT_NEAR(std::abs(all), 1.0, 1e-9);
  }
  EXPECT_NEAR(std::norm(dsp::response_at(filters.low, 0.3)), 0.5, 1e-12);
}

}  // namespace
}  // namespace talkback::effects
