#include "engine/effects/limiter.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/decibel.hpp"
#include "engine/dsp/kaiser.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

// Eight points a frame by a Kaiser-windowed sinc of 512 taps, which is flat within 0.01 dB up to 23.6 kHz: much longer
// than the limiter's own filters.
double true_peak_db(ConstAudioBlock block) {
  constexpr int kReach = 256;
  constexpr std::size_t kGroup = 16;
  double peak = 0.0;
  for (int phase = 0; phase < 8; ++phase) {
    std::vector<float> taps;
    for (int k = -kReach + 1; k <= kReach; ++k)
      taps.push_back(static_cast<float>(dsp::windowed_sinc(k - phase / 8.0, kReach, 6.0)));
    for (int c = 0; c < block.channel_count(); ++c) {
      const auto x = block.channel(c);
      for (std::size_t n = 0; n + taps.size() + kGroup <= x.size(); n += kGroup) {
        std::array<float, kGroup> sum{};
        for (std::size_t k = 0; k < taps.size(); ++k) {
          for (std::size_t j = 0; j < kGroup; ++j) sum[j] += taps[k] * x[n + k + j];
        }
        for (const float value : sum) peak = std::max(peak, std::abs(static_cast<double>(value)));
      }
    }
  }
  return dsp::db_from_gain(peak);
}

AudioBuffer square(int frames, double cycles_per_frame) {
  AudioBuffer sound = tone(1, frames, cycles_per_frame, 1.0, 0.1);
  for (float& sample : sound.block().channel(0)) sample = std::copysign(0.7F, sample);
  return sound;
}

// On for `frames`, then off for as long.
AudioBuffer in_bursts(AudioBuffer sound, std::size_t frames) {
  for (std::size_t n = 0; n < sound.block().channel(0).size(); ++n) {
    if (n / frames % 2 == 0) sound.block().channel(0)[n] = 0.0F;
  }
  return sound;
}

TEST(LimiterTest, CeilingHoldsBetweenTheSamples) {
  constexpr int kFrames = 24'000;
  const std::vector<std::pair<std::string_view, AudioBuffer>> sounds = {
      {"quarter rate", tone(2, kFrames, 0.25, 1.4, std::numbers::pi / 4.0)},
      {"17.8 kHz", tone(1, kFrames, 0.3717, 2.0)},
      {"20 kHz", tone(1, kFrames, 20.0 / 48.0, 1.0)},
      {"23 kHz", tone(1, kFrames, 23.0 / 48.0, 1.0)},
      {"960 Hz", tone(1, kFrames, 0.02, 3.0)},
      {"noise", noise(2, 2 * kFrames, 0.5F)},
      {"noise in bursts", in_bursts(noise(1, kFrames, 1.0F), 700)},
      {"100 Hz square", square(kFrames, 1.0 / 480.0)},
      {"3 kHz square", square(kFrames, 0.0627)},
      {"quarter rate in bursts", in_bursts(tone(1, kFrames, 0.25, 2.0, std::numbers::pi / 4.0), 500)}};
  for (const auto& [name, input] : sounds) {
    for (const double release : {1.0, 80.0}) {
      AudioBuffer sound = input;
      auto effect = prepared("limiter", {{"ceiling_dbtp", -3.0}, {"drive_db", 18}, {"release_ms", release}},
                             sound.channel_count());
      effect->reset();
      effect->process(sound.block());
      EXPECT_LE(true_peak_db(sound.block()), -3.0) << name;
      EXPECT_GE(true_peak_db(sound.block()), -3.0 - 0.2) << name;
    }
  }
}

TEST(LimiterTest, ALoudLeftTurnsTheRightDownAsWell) {
  auto effect = prepared("limiter", {{"ceiling_dbtp", -6}, {"release_ms", 50}});
  effect->reset();
  AudioBuffer sound = tone(2, 24'000, 0.01, 1.0);
  for (float& sample : sound.block().channel(1)) sample *= 0.1F;
  effect->process(sound.block());
  EXPECT_NEAR(dsp::db_from_gain(peak_of(sound.block().slice(12'000, 12'000))), -6.0, 0.15);
  for (std::size_t n = 12'000; n < 24'000; ++n)
    EXPECT_NEAR(sound.block().channel(1)[n], 0.1F * sound.block().channel(0)[n], 1e-6F);
}

TEST(LimiterTest, ParametersAtTheirEndsAreDefined) {
  for (const double ceiling : {-30.0, 0.0}) {
    for (const double drive : {-24.0, 36.0}) {
      for (const int rate : {8'000, 192'000}) {
        auto effect = prepared("limiter", {{"ceiling_dbtp", ceiling}, {"drive_db", drive}, {"release_ms", 0.0}}, 1,
                               SampleRate{rate});
        effect->set(0, std::nan(""));
        effect->reset();
        AudioBuffer sound = noise(1, 8'000, 1.0F);
        effect->process(sound.block());
        EXPECT_LE(peak_of(sound.block()), dsp::gain_from_db(ceiling)) << drive << ' ' << rate;
        EXPECT_GT(peak_of(sound.block()), dsp::gain_from_db(std::min(ceiling, drive) - 3.0)) << drive << ' ' << rate;
      }
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
