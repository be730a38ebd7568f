#include "engine/effects/limiter.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/decibel.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

// Sixteen points a frame by a Blackman-windowed sinc of 64 taps: longer than the limiter's own filter.
double true_peak_db(ConstAudioBlock block) {
  constexpr int kReach = 32;
  double peak = 0.0;
  for (int phase = 0; phase < 16; ++phase) {
    std::vector<float> taps;
    for (int k = -kReach + 1; k <= kReach; ++k) {
      const double x = std::numbers::pi * (k - phase / 16.0);
      const double w = (k - phase / 16.0) / kReach * std::numbers::pi;
      taps.push_back(static_cast<float>((x == 0.0 ? 1.0 : std::sin(x) / x) *
                                        (0.42 + 0.5 * std::cos(w) + 0.08 * std::cos(2.0 * w))));
    }
    for (int c = 0; c < block.channel_count(); ++c) {
      const auto x = block.channel(c);
      for (std::size_t n = 0; n + taps.size() <= x.size(); ++n) {
        float sum = 0.0F;
        for (std::size_t k = 0; k < taps.size(); ++k) sum += taps[k] * x[n + k];
        peak = std::max(peak, std::abs(static_cast<double>(sum)));
      }
    }
  }
  return dsp::db_from_gain(peak);
}

TEST(LimiterTest, CeilingHoldsBetweenTheSamples) {
  std::vector<AudioBuffer> sounds;
  sounds.push_back(tone(2, 12'000, 0.25, 1.4, std::numbers::pi / 4.0));
  sounds.push_back(tone(2, 12'000, 0.3717, 2.0));
  sounds.push_back(tone(1, 12'000, 0.02, 3.0));
  // Noise without the last octave's top, which no real filter reconstructs.
  sounds.push_back(noise(2, 12'000, 2.0F));
  prepared("equaliser", {{"band_1.shape", 4}, {"band_1.frequency_hz", 15'000}, {"band_1.slope_db_per_octave", 48}})
      ->process(sounds.back().block());
  // Bursts of a quarter-rate tone between silences.
  sounds.push_back(tone(1, 12'000, 0.25, 2.0, std::numbers::pi / 4.0));
  for (std::size_t n = 0; n < 12'000; ++n) {
    if (n / 500 % 2 == 0) sounds.back().block().channel(0)[n] = 0.0F;
  }
  for (std::size_t i = 0; i < sounds.size(); ++i) {
    for (const double ceiling : {-1.0, -6.0}) {
      AudioBuffer sound = sounds[i];
      auto effect =
          prepared("limiter", {{"ceiling_dbtp", ceiling}, {"drive_db", 6}, {"release_ms", 5}}, sound.channel_count());
      effect->reset();
      effect->process(sound.block());
      EXPECT_LE(true_peak_db(sound.block()), ceiling + 0.05) << "sound " << i;
      EXPECT_GE(true_peak_db(sound.block()), ceiling - 0.5) << "sound " << i;
    }
  }
}

TEST(LimiterTest, QuietSoundOnlyComesLateByTheLatency) {
  auto effect = prepared("limiter", {});
  const AudioBuffer input = noise(2, 4'000, 0.3F);
  AudioBuffer sound = input;
  effect->process(sound.block());
  const int latency = static_cast<int>(effect->latency().count);
  EXPECT_TRUE(std::ranges::equal(sound.block().slice(latency, 4'000 - latency).channel(0),
                                 input.block().slice(0, 4'000 - latency).channel(0)));
  EXPECT_EQ(static_cast<Limiter&>(*effect).smallest_gain(), 1.0F);
}

TEST(LimiterTest, GainRecoversAfterAPeak) {
  auto effect = prepared("limiter", {{"release_ms", 10}}, 1);
  AudioBuffer sound = tone(1, 48'000, 0.01, 0.1);
  sound.block().channel(0)[1'000] = 4.0F;
  const AudioBuffer input = sound;
  effect->process(sound.block());
  const auto latency = static_cast<std::size_t>(effect->latency().count);
  EXPECT_EQ(sound.block().channel(0)[40'000 + latency], input.block().channel(0)[40'000]);
}

}  // namespace
}  // namespace talkback::effects
