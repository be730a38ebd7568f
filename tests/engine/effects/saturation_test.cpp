#include "engine/effects/saturation.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/decibel.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

constexpr int kRate = 48'000;

// A second of a steady tone after the effect, from its second second on: whole periods of every whole frequency.
AudioBuffer steady_tone(double hz, double peak, const std::vector<Setting>& settings) {
  auto effect = prepared("saturation", settings, 1);
  effect->reset();
  AudioBuffer sound = tone(1, 2 * kRate, hz / kRate, peak);
  effect->process(sound.block());
  AudioBuffer result(1, kRate);
  std::ranges::copy(sound.block().channel(0).subspan(kRate), result.block().channel(0).begin());
  return result;
}

// Amplitude of a tone, in dBFS.
double tone_db(const AudioBuffer& sound, double hz) {
  return magnitude_db(sound.block().channel(0), hz / kRate) - dsp::db_from_gain(kRate / 2.0);
}

TEST(SaturationTest, AliasesOfA5KilohertzToneStayBelow90DecibelsAtAnyDrive) {
  for (const double character : {1.0, 2.0, 3.0, 4.0}) {
    for (const double drive : {0.0, 12.0, 24.0, 30.0, 32.0, 34.0, 35.0, 36.0}) {
      const AudioBuffer sound =
          steady_tone(5'000.0, dsp::gain_from_db(-6.0), {{"character", character}, {"drive_db", drive}});
      if (drive > 10.0) {
        EXPECT_GT(tone_db(sound, 15'000.0), -45.0) << character << ' ' << drive;
      }
      // All harmonics beyond half the rate fall on whole kilohertz.
      for (double hz = 1'000.0; hz < 24'000.0; hz += 1'000.0) {
        if (std::fmod(hz, 5'000.0) == 0.0) continue;
        EXPECT_LT(tone_db(sound, hz), -90.0) << character << ' ' << drive << ' ' << hz;
      }
    }
  }
}

double curve_at(int character, double x) {
  const auto soft = [](double value) { return value / std::sqrt(1.0 + value * value); };
  if (character == 4) return std::clamp(x, -1.0, 1.0);
  return character == 2 ? (soft(x + 0.5) - soft(0.5)) * std::pow(1.25, 1.5) : soft(x);
}

// Harmonic of the curve over a sine, by the trapezoid rule over a period.
double harmonic_db(int character, double peak, int harmonic) {
  constexpr int kSteps = 1 << 16;
  double sine = 0.0;
  double cosine = 0.0;
  for (int i = 0; i < kSteps; ++i) {
    const double angle = 2.0 * std::numbers::pi * i / kSteps;
    const double y = curve_at(character, peak * std::sin(angle));
    sine += y * std::sin(harmonic * angle) / (kSteps / 2.0);
    cosine += y * std::cos(harmonic * angle) / (kSteps / 2.0);
  }
  return dsp::db_from_gain(std::hypot(sine, cosine));
}

TEST(SaturationTest, HarmonicsAreThoseOfTheCurve) {
  for (const int character : {1, 2, 4}) {
    for (const double drive : {0.0, 12.0, 30.0}) {
      const AudioBuffer sound =
          steady_tone(100.0, 0.5, {{"character", static_cast<double>(character)}, {"drive_db", drive}});
      for (const int harmonic : {1, 2, 3, 5, 7}) {
        const double expected = harmonic_db(character, 0.5 * dsp::gain_from_db(drive), harmonic);
        if (expected < -100.0) {
          EXPECT_LT(tone_db(sound, 100.0 * harmonic), -100.0) << character << ' ' << drive << ' ' << harmonic;
        } else {
          EXPECT_NEAR(tone_db(sound, 100.0 * harmonic), expected, 0.05) << character << ' ' << drive << ' ' << harmonic;
        }
      }
    }
  }
}

TEST(SaturationTest, QuietSoundPassesFlatInEveryCharacter) {
  for (const double character : {1.0, 2.0, 3.0, 4.0}) {
    for (const double hz : {100.0, 1'000.0, 10'000.0, 20'000.0}) {
      EXPECT_NEAR(tone_db(steady_tone(hz, 1e-4, {{"character", character}, {"drive_db", 6}}), hz), -74.0, 0.05)
          << character << ' ' << hz;
    }
  }
}

TEST(SaturationTest, TubeHasEvenHarmonicsAndNoDirectCurrent) {
  const AudioBuffer sound = steady_tone(440.0, 0.5, {{"character", 2}, {"drive_db", 12}});
  EXPECT_GT(tone_db(sound, 880.0), -30.0);
  EXPECT_LT(tone_db(sound, 0.0), -90.0);
}

TEST(SaturationTest, TapeBendsTheHighsFirst) {
  const std::vector<Setting> settings = {{"character", 3}, {"drive_db", 0}};
  const double low_loss = dsp::db_from_gain(0.2) - tone_db(steady_tone(100.0, 0.2, settings), 100.0);
  const double high_loss = dsp::db_from_gain(0.2) - tone_db(steady_tone(10'000.0, 0.2, settings), 10'000.0);
  EXPECT_LT(low_loss, 0.2);
  EXPECT_GT(high_loss, 0.6);
}

TEST(SaturationTest, DrySoundMeetsTheWetInTime) {
  auto effect = prepared("saturation", {{"mix_percent", 0}, {"drive_db", 30}});
  effect->reset();
  const AudioBuffer input = noise(2, 2'000);
  AudioBuffer sound = input;
  effect->process(sound.block());
  const int latency = static_cast<int>(effect->latency().count);
  EXPECT_TRUE(std::ranges::equal(sound.block().slice(latency, 2'000 - latency).channel(1),
                                 input.block().slice(0, 2'000 - latency).channel(1)));
  // Half of either is no comb filter.
  for (const double character : {1.0, 2.0, 3.0, 4.0}) {
    const AudioBuffer half =
        steady_tone(18'000.0, 1e-4, {{"character", character}, {"mix_percent", 50}, {"drive_db", 0}});
    EXPECT_NEAR(tone_db(half, 18'000.0), -80.0, 0.1) << character;
  }
}

// The samples around a border of blocks, and a state that goes on elsewhere.
TEST(SaturationTest, BlocksAndStatesChangeNothing) {
  for (const double character : {1.0, 2.0, 3.0, 4.0}) {
    const std::vector<Setting> settings{{"character", character}, {"drive_db", 30}};
    auto whole = prepared("saturation", settings);
    AudioBuffer expected = noise(2, 1'000);
    whole->process(expected.block());
    AudioBuffer sound = noise(2, 1'000);
    std::vector<std::byte> bytes;
    int first = 0;
    for (const int frames : {1, 2, 61, 33, 403, 500}) {
      auto effect = prepared("saturation", settings);
      if (first > 0) {
        auto loading = dsp::StateArchive::loading(bytes);
        effect->archive(loading);
        ASSERT_TRUE(loading.is_complete());
      }
      effect->process(sound.block().slice(first, frames));
      first += frames;
      bytes.clear();
      auto saving = dsp::StateArchive::saving(bytes);
      effect->archive(saving);
    }
    EXPECT_TRUE(std::ranges::equal(sound.block().channel(1), expected.block().channel(1))) << character;
  }
}

TEST(SaturationTest, ParametersAtTheirEndsAreDefined) {
  for (const double character : {1.0, 2.0, 3.0, 4.0}) {
    auto effect =
        prepared("saturation", {{"character", character}, {"drive_db", 1e9}, {"output_db", -1e9}}, 2, {8'000});
    effect->set(0, std::nan(""));
    effect->reset();
    AudioBuffer sound = noise(2, 4'000, 1.0F);
    effect->process(sound.block());
    EXPECT_LT(peak_of(sound.block()), 0.1);
    EXPECT_GT(peak_of(sound.block()), 0.005);
  }
}

}  // namespace
}  // namespace talkback::effects
