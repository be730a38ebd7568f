#include "engine/effects/reverb.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/biquad.hpp"
#include "engine/effects/matched_filter.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

// RT60 in a band, from the slope of Schroeder's backward integral between -5 and -35 dB (ISO 3382-1).
double rt60_s(const std::vector<Setting>& settings, double band_hz) {
  constexpr int kFrames = 48'000 * 4;
  auto all = settings;
  all.push_back({"mix_percent", 100});
  auto effect = prepared("reverb", all);
  AudioBuffer sound(2, kFrames);
  sound.block().channel(0)[0] = 1.0F;
  effect->process(sound.block());
  dsp::BiquadCascade filter;
  const dsp::Biquad band = matched_filter(band_pass(2.0 * std::numbers::pi * band_hz / 48'000.0, 3.0));
  filter.set(std::vector<dsp::Biquad>{band, band});
  filter.reset();
  filter.process(sound.block());
  std::vector<double> decay(kFrames);
  double energy = 0.0;
  for (std::size_t n = kFrames; n-- > 0;) {
    energy += std::pow(static_cast<double>(sound.block().channel(0)[n]), 2.0);
    decay[n] = energy;
  }
  const auto time_of = [&](double db) {
    std::size_t n = 0;
    while (n + 1 < decay.size() && 10.0 * std::log10(decay[n] / decay[0]) > db) ++n;
    return static_cast<double>(n) / 48'000.0;
  };
  return 2.0 * (time_of(-35.0) - time_of(-5.0));
}

TEST(ReverbTest, DecaysInTheTimeThatIsSet) {
  for (const double decay : {0.5, 1.2, 2.5}) {
    for (const double size : {20.0, 60.0, 100.0}) {
      if (decay < 1.0 && size > 60.0) continue;
      EXPECT_NEAR(rt60_s({{"decay_s", decay}, {"size_percent", size}, {"high_decay_percent", 100}}, 1'000) / decay, 1.0,
                  0.05)
          << decay << " s, size " << size;
      EXPECT_NEAR(rt60_s({{"decay_s", decay}, {"size_percent", size}, {"high_decay_percent", 50}}, 1'000) / decay, 1.0,
                  0.05)
          << decay << " s, size " << size;
    }
  }
}

TEST(ReverbTest, HighsDecayByTheirPart) {
  EXPECT_NEAR(rt60_s({{"decay_s", 2.0}, {"high_decay_percent", 40}, {"high_crossover_hz", 3'000}}, 12'000) / 0.8, 1.0,
              0.05);
  EXPECT_NEAR(rt60_s({{"decay_s", 2.0}, {"high_decay_percent", 40}, {"high_crossover_hz", 3'000}}, 300) / 2.0, 1.0,
              0.06);
}

TEST(ReverbTest, LowsDecayByTheirPart) {
  for (const double part : {50.0, 150.0}) {
    const std::vector<Setting> settings = {
        {"decay_s", 1.5},          {"high_decay_percent", 100}, {"low_cut_hz", 10},
        {"low_crossover_hz", 500}, {"low_decay_percent", part}, {"size_percent", 40}};
    EXPECT_NEAR(rt60_s(settings, 63) / (1.5 * part / 100.0), 1.0, 0.05) << part;
    EXPECT_NEAR(rt60_s(settings, 1'000) / 1.5, 1.0, 0.05) << part;
    EXPECT_NEAR(rt60_s(settings, 4'000) / 1.5, 1.0, 0.05) << part;
  }
  // All three bands at once.
  const std::vector<Setting> settings = {
      {"decay_s", 1.5},           {"high_decay_percent", 40}, {"low_cut_hz", 10},          {"low_crossover_hz", 300},
      {"low_decay_percent", 150}, {"size_percent", 40},       {"high_crossover_hz", 4'000}};
  EXPECT_NEAR(rt60_s(settings, 80) / 2.25, 1.0, 0.05);
  EXPECT_NEAR(rt60_s(settings, 1'000) / 1.5, 1.0, 0.05);
  EXPECT_NEAR(rt60_s(settings, 14'000) / 0.6, 1.0, 0.05);
}

TEST(ReverbTest, ModulationKeepsTheDecay) {
  for (const double hz : {250.0, 1'000.0, 4'000.0})
    EXPECT_NEAR(rt60_s({{"decay_s", 1.5}, {"high_decay_percent", 100}, {"modulation_depth_ms", 1}}, hz) / 1.5, 1.0,
                0.05)
        << hz;
}

// A steady tone leaves a still room as steady; in one that wanders its level moves.
TEST(ReverbTest, ModulationMovesTheResonances) {
  for (const double depth : {0.0, 1.0}) {
    auto effect = prepared("reverb", {{"mix_percent", 100}, {"modulation_depth_ms", depth}, {"decay_s", 1.0}});
    AudioBuffer sound = tone(2, 48'000 * 6, 1'000.0 / 48'000.0, 0.25);
    effect->process(sound.block());
    double low = 1e9;
    double high = 0.0;
    for (int n = 48'000 * 4; n < 48'000 * 6; n += 4'800) {
      const double peak = peak_of(sound.block().slice(n, 480));
      low = std::min(low, peak);
      high = std::max(high, peak);
    }
    EXPECT_EQ(high / low > 1.05, depth > 0.0) << high / low;
  }
}

TEST(ReverbTest, PreDelayIsSilent) {
  auto effect = prepared("reverb", {{"pre_delay_ms", 100}, {"mix_percent", 100}});
  AudioBuffer sound(2, 20'000);
  sound.block().channel(0)[0] = 1.0F;
  effect->process(sound.block());
  EXPECT_EQ(peak_of(sound.block().slice(0, 4'800)), 0.0);
  EXPECT_GT(peak_of(sound.block()), 0.0);
}

TEST(ReverbTest, WidthOfZeroIsMono) {
  auto effect = prepared("reverb", {{"width_percent", 0}, {"mix_percent", 100}});
  AudioBuffer sound = noise(2, 20'000);
  effect->process(sound.block());
  EXPECT_TRUE(std::ranges::equal(sound.block().channel(0), sound.block().channel(1)));
}

TEST(ReverbTest, LevelOfNoiseIsKeptForEveryDecay) {
  for (const double decay : {0.5, 2.0}) {
    auto effect =
        prepared("reverb", {{"decay_s", decay}, {"mix_percent", 100}, {"high_decay_percent", 100}, {"low_cut_hz", 10}});
    AudioBuffer sound = noise(2, 48'000 * 4);
    const auto power = [](ConstAudioBlock block) {
      double sum = 0.0;
      for (int c = 0; c < 2; ++c) {
        for (const float sample : block.channel(c)) sum += static_cast<double>(sample) * static_cast<double>(sample);
      }
      return sum;
    };
    const double before = power(sound.block().slice(48'000 * 3, 48'000));
    effect->process(sound.block());
    EXPECT_NEAR(10.0 * std::log10(power(sound.block().slice(48'000 * 3, 48'000)) / before), 0.0, 1.5) << decay;
  }
}

}  // namespace
}  // namespace talkback::effects
