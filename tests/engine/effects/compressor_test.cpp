#include "engine/effects/compressor.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/decibel.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

double steady_reduction_db(double level_db, const std::vector<Setting>& settings, double hz) {
  auto effect = prepared("compressor", settings, 1);
  const double peak = dsp::gain_from_db(level_db);
  AudioBuffer sound = tone(1, 96'000, hz / 48'000.0, peak);
  effect->process(sound.block());
  return level_db - dsp::db_from_gain(peak_of(sound.block().slice(90'000, 6'000)));
}

TEST(CompressorTest, SteadyTonesMeetTheStaticCurve) {
  for (const CompressorCurve& curve :
       {CompressorCurve{-24, 4, 6}, CompressorCurve{-30, 2, 0}, CompressorCurve{-20, 100, 12}}) {
    for (double level = -50.0; level <= 0.0; level += 5.0) {
      const double reduction = steady_reduction_db(
          level, {{"threshold_db", curve.threshold_db}, {"ratio", curve.ratio}, {"knee_db", curve.knee_db}}, 997.0);
      EXPECT_NEAR(reduction, gain_reduction_db(curve, level), 0.1) << level << " dB";
    }
  }
}

TEST(CompressorTest, RmsReadsATonThreeDecibelsBelowItsPeak) {
  for (const double level : {-30.0, -12.0, -3.0}) {
    const double reduction = steady_reduction_db(level, {{"detector", 2}, {"knee_db", 0}}, 997.0);
    EXPECT_NEAR(reduction, gain_reduction_db({-18, 4, 0}, level - 3.0103), 0.1) << level;
  }
}

TEST(CompressorTest, AttackAndReleaseReachTwoThirdsInTheirTime) {
  auto effect = prepared(
      "compressor", {{"attack_ms", 20}, {"release_ms", 100}, {"knee_db", 0}, {"threshold_db", -20}, {"ratio", 100}}, 1);
  AudioBuffer sound(1, 48'000);
  for (std::size_t n = 0; n < 48'000; ++n) sound.block().channel(0)[n] = n < 24'000 ? 1.0F : 0.001F;
  effect->process(sound.block());
  const auto reduction = [&](std::size_t n, double input) {
    return dsp::db_from_gain(input) - dsp::db_from_gain(static_cast<double>(sound.block().channel(0)[n]));
  };
  const double full = 20.0 * 0.99;
  EXPECT_NEAR(reduction(960, 1.0), full * (1.0 - std::exp(-1.0)), 0.2);
  // The release is followed by the attack's smoother, which adds its own time.
  EXPECT_NEAR(reduction(24'000 + 4'800, 0.001), full * std::exp(-1.0) * 1.22, 0.6);
}

TEST(CompressorTest, MixOfZeroIsTheInput) {
  auto effect = prepared("compressor", {{"mix_percent", 0}, {"threshold_db", -60}, {"makeup_db", 20}});
  effect->reset();
  AudioBuffer sound = noise(2, 1'000);
  effect->process(sound.block());
  EXPECT_TRUE(std::ranges::equal(sound.block().channel(1), noise(2, 1'000).block().channel(1)));
}

}  // namespace
}  // namespace talkback::effects
