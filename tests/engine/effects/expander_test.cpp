#include "engine/effects/expander.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/decibel.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

TEST(ExpanderTest, SteadyTonesMeetTheStaticCurve) {
  for (const ExpanderCurve& curve :
       {ExpanderCurve{-30, 2, 6, 100}, ExpanderCurve{-20, 4, 0, 40}, ExpanderCurve{-40, 100, 12, 60}}) {
    for (const double hz : {50.0, 997.0, 7'877.0}) {
      for (double level = -60.0; level <= 0.0; level += 4.0) {
        auto effect = prepared("expander",
                               {{"threshold_db", curve.threshold_db},
                                {"ratio", curve.ratio},
                                {"knee_db", curve.knee_db},
                                {"range_db", curve.range_db}},
                               1);
        AudioBuffer sound = tone(1, 72'000, hz / 48'000.0, dsp::gain_from_db(level));
        effect->process(sound.block());
        const double reduction = level - dsp::db_from_gain(peak_of(sound.block().slice(66'000, 6'000)));
        EXPECT_NEAR(reduction, expander_reduction_db(curve, level), 0.1) << hz << " Hz, " << level << " dB";
      }
    }
  }
}

TEST(ExpanderTest, AttackAndReleaseReachTwoThirdsInTheirTime) {
  for (const double attack : {10.0, 100.0, 500.0}) {
    for (const double release : {10.0, 100.0, 500.0}) {
      auto effect =
          prepared("expander", {{"ratio", 100}, {"attack_ms", attack}, {"release_ms", release}, {"range_db", 40}}, 1);
      constexpr std::size_t kOn = 5 * 24'000;
      AudioBuffer sound(1, 2 * kOn);
      for (std::size_t n = 0; n < 2 * kOn; ++n) sound.block().channel(0)[n] = n < kOn ? 0.5F : 0.0001F;
      effect->process(sound.block());
      const auto reduction = [&](std::size_t n, double input) {
        return dsp::db_from_gain(input) - dsp::db_from_gain(static_cast<double>(sound.block().channel(0)[n]));
      };
      std::size_t opened = 0;
      while (reduction(opened, 0.5) > 40.0 * std::exp(-1.0)) ++opened;
      EXPECT_NEAR(static_cast<double>(opened) / 48.0 / attack, 1.0, 0.05);
      // The level is held for 10 ms.
      std::size_t closed = kOn + 480;
      while (reduction(closed, 0.0001) < 40.0 * (1.0 - std::exp(-1.0))) ++closed;
      EXPECT_NEAR(static_cast<double>(closed - kOn - 480) / 48.0 / release, 1.0, 0.05);
    }
  }
}

TEST(ExpanderTest, LoudSoundComesOutAsItWas) {
  auto effect = prepared("expander", {{"threshold_db", -30}, {"lookahead_ms", 1}});
  AudioBuffer sound = tone(2, 48'000, 0.02, 0.5);
  const AudioBuffer input = sound;
  effect->process(sound.block());
  EXPECT_EQ(effect->latency(), Frames{48});
  EXPECT_TRUE(std::ranges::equal(sound.block().slice(24'048, 20'000).channel(0),
                                 input.block().slice(24'000, 20'000).channel(0)));
}

TEST(ExpanderTest, AKeyHoldsTheSoundUp) {
  const auto heard = [](double key_peak) {
    auto effect = prepared("expander", {{"threshold_db", -20}, {"ratio", 4}});
    AudioBuffer sound = tone(2, 48'000, 0.01, 0.01);
    effect->process_keyed(sound.block(), tone(1, 48'000, 0.02, key_peak).block());
    return dsp::db_from_gain(peak_of(sound.block().slice(36'000, 12'000)));
  };
  EXPECT_NEAR(heard(0.5), -40.0, 0.01);
  EXPECT_NEAR(heard(0.0), -80.0, 0.1);
}

TEST(ExpanderTest, ParametersAtTheirEndsAreDefined) {
  for (const double ratio : {1.0, 1e9}) {
    auto effect = prepared(
        "expander", {{"ratio", ratio}, {"knee_db", 0}, {"range_db", 1e9}, {"attack_ms", 0}, {"release_ms", 0}}, 1);
    effect->set(0, std::nan(""));
    AudioBuffer sound = tone(1, 9'600, 0.01, dsp::gain_from_db(-50.0));
    effect->process(sound.block());
    EXPECT_NEAR(dsp::db_from_gain(peak_of(sound.block().slice(4'800, 4'800))), ratio == 1.0 ? -50.0 : -150.0, 0.1);
  }
}

}  // namespace
}  // namespace talkback::effects
