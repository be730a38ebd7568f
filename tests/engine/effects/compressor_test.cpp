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

// How long a step of the level takes to 63 % of its reduction, up and down, in milliseconds.
struct Times {
  double attack_ms;
  double release_ms;
};

Times measured_times(double attack_ms, double release_ms) {
  auto effect = prepared(
      "compressor",
      {{"attack_ms", attack_ms}, {"release_ms", release_ms}, {"knee_db", 0}, {"threshold_db", -40}, {"ratio", 100}}, 1);
  constexpr int kOn = 5 * 24'000;
  AudioBuffer sound(1, 2 * kOn);
  for (std::size_t n = 0; n < 2 * kOn; ++n) sound.block().channel(0)[n] = n < kOn ? 0.5F : 0.001F;
  effect->process(sound.block());
  const double full = (dsp::db_from_gain(0.5) + 40.0) * 0.99;
  const auto frames_until = [&](std::size_t start, double input, auto is_there) {
    std::size_t n = start;
    while (n < 2 * kOn - 1 &&
           !is_there(dsp::db_from_gain(input) - dsp::db_from_gain(static_cast<double>(sound.block().channel(0)[n]))))
      ++n;
    return static_cast<double>(n - start) / 48.0;
  };
  return {frames_until(0, 0.5, [&](double db) { return db >= full * (1.0 - std::exp(-1.0)); }),
          frames_until(kOn, 0.001, [&](double db) { return db <= full * std::exp(-1.0); })};
}

TEST(CompressorTest, AttackAndReleaseReachTwoThirdsInTheirTime) {
  for (const double attack : {10.0, 50.0, 500.0}) {
    for (const double release : {10.0, 120.0, 500.0}) {
      const Times times = measured_times(attack, release);
      EXPECT_NEAR(times.attack_ms / attack, 1.0, 0.05) << attack << ' ' << release;
      EXPECT_NEAR(times.release_ms / release, 1.0, 0.05) << attack << ' ' << release;
    }
  }
}

TEST(CompressorTest, LookAheadTurnsDownBeforeTheAttackComes) {
  const std::vector<Setting> settings = {{"attack_ms", 1}, {"threshold_db", -20}, {"ratio", 100}, {"knee_db", 0}};
  std::vector<Setting> ahead = settings;
  ahead.push_back({"lookahead_ms", 10});
  auto effect = prepared("compressor", ahead, 1);
  ASSERT_EQ(effect->latency(), Frames{480});
  AudioBuffer sound(1, 4'800);
  for (std::size_t n = 1'000; n < 4'800; ++n) sound.block().channel(0)[n] = 1.0F;
  AudioBuffer straight = sound;
  effect->process(sound.block());
  prepared("compressor", settings, 1)->process(straight.block());
  EXPECT_GT(peak_of(straight.block()), 0.9);
  EXPECT_NEAR(dsp::db_from_gain(peak_of(sound.block())), -19.8, 0.05);
  EXPECT_EQ(sound.block().channel(0)[1'479], 0.0F);
  EXPECT_GT(sound.block().channel(0)[1'480], 0.09F);
}

TEST(CompressorTest, DrySoundIsAsLateAsTheWet) {
  auto effect = prepared("compressor", {{"mix_percent", 0}, {"lookahead_ms", 20}, {"threshold_db", -60}}, 2);
  const AudioBuffer input = noise(2, 3'000);
  AudioBuffer sound = input;
  effect->process(sound.block());
  EXPECT_TRUE(std::ranges::equal(sound.block().slice(960, 2'040).channel(1), input.block().slice(0, 2'040).channel(1)));
}

double reduction_under_key(const AudioBuffer& key, const std::vector<Setting>& settings) {
  auto effect = prepared("compressor", settings, 2);
  AudioBuffer sound = tone(2, key.frame_count(), 0.01, 0.01);
  effect->process_keyed(sound.block(), key.block());
  const int half = key.frame_count() / 2;
  return -40.0 - dsp::db_from_gain(peak_of(sound.block().slice(half, half)));
}

TEST(CompressorTest, AKeySteersThroughTheFiltersOfTheSideChain) {
  const CompressorCurve curve{-30, 4, 0};
  const std::vector<Setting> settings = {{"threshold_db", -30}, {"knee_db", 0}};
  const AudioBuffer key = tone(1, 48'000, 1'000.0 / 48'000.0, 0.5);
  EXPECT_NEAR(reduction_under_key(key, settings), gain_reduction_db(curve, -6.02), 0.1);
  EXPECT_NEAR(reduction_under_key(AudioBuffer(2, 48'000), settings), 0.0, 0.01);
  // Butterworth: two octaves away 24.1 dB are gone.
  std::vector<Setting> high = settings;
  high.push_back({"side_chain_high_pass_hz", 4'000});
  EXPECT_NEAR(reduction_under_key(tone(2, 48'000, 1'000.0 / 48'000.0, 1.0), high), gain_reduction_db(curve, -24.1),
              0.2);
  std::vector<Setting> low = settings;
  low.push_back({"side_chain_low_pass_hz", 250});
  EXPECT_NEAR(reduction_under_key(tone(2, 48'000, 1'000.0 / 48'000.0, 1.0), low), gain_reduction_db(curve, -24.1), 0.2);
}

TEST(CompressorTest, AutomaticMakeupGivesBackHalfOfTheReductionAtFullScale) {
  auto effect = prepared("compressor", {{"threshold_db", -20}, {"ratio", 4}, {"knee_db", 0}, {"auto_makeup", 1}}, 1);
  effect->reset();
  AudioBuffer sound = tone(1, 1'000, 0.01, 0.01);
  effect->process(sound.block());
  EXPECT_NEAR(dsp::db_from_gain(peak_of(sound.block())), -40.0 + 7.5, 0.01);
}

TEST(CompressorTest, ParametersAtTheirEndsAreDefined) {
  EXPECT_NEAR(steady_reduction_db(-6.0, {{"ratio", 1}}, 997.0), 0.0, 1e-4);
  EXPECT_NEAR(steady_reduction_db(0.0, {{"ratio", 1e9}, {"knee_db", 0}, {"threshold_db", -80}}, 997.0), 80.0 * 0.99,
              0.1);
  EXPECT_NEAR(steady_reduction_db(-6.0, {{"attack_ms", 0}, {"release_ms", 1e9}, {"knee_db", 0}}, 997.0), 9.0, 0.1);
  auto effect = prepared("compressor", {{"side_chain_high_pass_hz", 1e9}, {"side_chain_low_pass_hz", 1e9}}, 2, {8'000});
  effect->set(0, std::nan(""));
  AudioBuffer sound = noise(2, 1'000);
  effect->process(sound.block());
  EXPECT_TRUE(std::isfinite(peak_of(sound.block())));
}

TEST(CompressorTest, SoundBelowTheThresholdComesOutAsItWas) {
  auto effect = prepared("compressor", {{"threshold_db", -10}, {"knee_db", 3}, {"release_ms", 20}});
  AudioBuffer sound = noise(2, 48'000, 1.0F);
  for (int c = 0; c < 2; ++c) {
    for (std::size_t n = 4'000; n < 48'000; ++n) sound.block().channel(c)[n] *= 0.2F;
  }
  const AudioBuffer input = sound;
  effect->process(sound.block());
  EXPECT_TRUE(
      std::ranges::equal(sound.block().slice(47'000, 1'000).channel(0), input.block().slice(47'000, 1'000).channel(0)));
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
