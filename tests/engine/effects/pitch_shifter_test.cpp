#include "engine/effects/pitch_shifter.hpp"

#include <gtest/gtest.h>

#include <complex>

#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

constexpr double kRate = 48'000.0;

// Amplitude and phase of a frequency under a Hann window.
std::complex<double> component(std::span<const float> samples, double hz) {
  std::complex<double> sum;
  double weights = 0.0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const auto place = static_cast<double>(n);
    const double weight = 1.0 - std::cos(2.0 * std::numbers::pi * place / static_cast<double>(samples.size()));
    sum += weight * static_cast<double>(samples[n]) * std::polar(1.0, -2.0 * std::numbers::pi * hz / kRate * place);
    weights += weight;
  }
  return 2.0 * sum / weights;
}

struct Heard {
  double cents = 0.0;
  double db = 0.0;
};

// How far a sound is from a tone of this frequency, by what its phase turns in half a second.
Heard against(std::span<const float> samples, double hz, double peak) {
  constexpr std::size_t kApart = 24'000;
  const auto first = component(samples.first(24'000), hz);
  const auto second = component(samples.subspan(kApart, 24'000), hz);
  const double expected = 2.0 * std::numbers::pi * hz / kRate * static_cast<double>(kApart);
  const double turned = std::arg(second / first * std::polar(1.0, -expected)) / (2.0 * std::numbers::pi);
  const double found = hz + turned * kRate / static_cast<double>(kApart);
  return {1'200.0 * std::log2(found / hz), 20.0 * std::log10(std::abs(first) / peak)};
}

TEST(PitchShifterTest, TonesArriveWithinACentAndHalfADecibel) {
  for (const double shift : {-24.0, -12.0, -7.0, -0.37, 0.0, 0.5, 3.0, 12.0, 24.0}) {
    for (const double hz : {110.0, 441.7, 2'503.0}) {
      auto effect = prepared("pitch_shifter", {{"shift_st", shift}});
      AudioBuffer sound = tone(2, 96'000, hz / kRate, 0.5);
      effect->process(sound.block());
      const Heard heard = against(sound.block().channel(0).subspan(30'000), hz * std::exp2(shift / 12.0), 0.5);
      EXPECT_NEAR(heard.cents, 0.0, 1.0) << hz << " Hz by " << shift;
      EXPECT_NEAR(heard.db, 0.0, 0.5) << hz << " Hz by " << shift;
    }
  }
}

TEST(PitchShifterTest, ChordsKeepTheirIntervalsAndLevels) {
  auto effect = prepared("pitch_shifter", {{"shift_st", -5}, {"fine_cents", 25}});
  const double ratio = std::exp2((-5.0 + 0.25) / 12.0);
  const std::array<double, 3> notes = {220.0, 277.2, 329.6};
  AudioBuffer sound(2, 96'000);
  for (const double hz : notes) {
    const AudioBuffer note = tone(2, 96'000, hz / kRate, 0.2);
    for (int c = 0; c < 2; ++c) {
      for (std::size_t n = 0; n < 96'000; ++n) sound.block().channel(c)[n] += note.block().channel(c)[n];
    }
  }
  effect->process(sound.block());
  for (const double hz : notes) {
    const Heard heard = against(sound.block().channel(0).subspan(30'000), hz * ratio, 0.2);
    EXPECT_NEAR(heard.cents, 0.0, 1.0) << hz;
    EXPECT_NEAR(heard.db, 0.0, 0.5) << hz;
  }
}

TEST(PitchShifterTest, WithoutAShiftTheSoundComesOutAsItWasLateByTheLatency) {
  auto effect = prepared("pitch_shifter", {});
  const int late = static_cast<int>(effect->latency().count);
  AudioBuffer sound = noise(2, 40'000);
  effect->process(sound.block());
  const AudioBuffer input = noise(2, 40'000);
  for (int n = late + 4'096; n < 40'000; ++n) {
    for (int c = 0; c < 2; ++c)
      ASSERT_NEAR(sound.block().channel(c)[static_cast<std::size_t>(n)],
                  input.block().channel(c)[static_cast<std::size_t>(n - late)], 1e-5F)
          << n;
  }
}

TEST(PitchShifterTest, TheDrySoundOfTheMixIsLateByTheLatency) {
  auto effect = prepared("pitch_shifter", {{"mix_percent", 0}, {"shift_st", 7}});
  const auto late = static_cast<std::size_t>(effect->latency().count);
  EXPECT_EQ(late, 4'096U);
  AudioBuffer sound = noise(2, 20'000);
  effect->process(sound.block());
  const AudioBuffer input = noise(2, 20'000);
  EXPECT_TRUE(
      std::ranges::equal(sound.block().channel(1).subspan(late), input.block().channel(1).first(20'000 - late)));
}

// Shifted, a click still stands where it stood.
TEST(PitchShifterTest, ShiftedClicksStayInTime) {
  for (const double shift : {-7.0, 7.0}) {
    auto effect = prepared("pitch_shifter", {{"shift_st", shift}});
    AudioBuffer sound(2, 30'000);
    sound.block().channel(0)[12'345] = 1.0F;
    effect->process(sound.block());
    double weighted = 0.0;
    double sum = 0.0;
    for (std::size_t n = 0; n < 30'000; ++n) {
      const double power = std::pow(static_cast<double>(sound.block().channel(0)[n]), 2.0);
      weighted += power * static_cast<double>(n);
      sum += power;
    }
    EXPECT_NEAR(weighted / sum, 12'345.0 + 4'096.0, 480.0) << shift;
  }
}

TEST(PitchShifterTest, ThePictureStays) {
  auto effect = prepared("pitch_shifter", {{"shift_st", 4}});
  AudioBuffer sound = tone(2, 60'000, 440.0 / kRate, 0.5);
  for (float& sample : sound.block().channel(1)) sample *= -0.25F;
  effect->process(sound.block());
  for (std::size_t n = 20'000; n < 60'000; ++n)
    ASSERT_NEAR(sound.block().channel(1)[n], -0.25F * sound.block().channel(0)[n], 1e-4F);
}

// Harmonics of 150 Hz under a hill at 1,200 Hz; shifted up by 7, the hill is to stay there.
TEST(PitchShifterTest, FormantsStayWhereTheyAreWanted) {
  const auto hill_db = [](double hz) { return -12.0 * std::pow(std::log2(hz / 1'200.0), 2.0); };
  for (const bool keeps : {false, true}) {
    AudioBuffer sound(2, 96'000);
    for (int h = 1; h <= 40; ++h) {
      const AudioBuffer partial =
          tone(2, 96'000, 150.0 * h / kRate, 0.05 * std::pow(10.0, hill_db(150.0 * h) / 20.0), 1.7 * h * h);
      for (int c = 0; c < 2; ++c) {
        for (std::size_t n = 0; n < 96'000; ++n) sound.block().channel(c)[n] += partial.block().channel(c)[n];
      }
    }
    auto effect = prepared("pitch_shifter", {{"shift_st", 7}, {"preserve_formants", keeps ? 1.0 : 0.0}});
    effect->process(sound.block());
    const double ratio = std::exp2(7.0 / 12.0);
    for (const int h : {3, 5, 8, 12}) {
      const double hz = 150.0 * h * ratio;
      const double level =
          20.0 * std::log10(std::abs(component(sound.block().channel(0).subspan(40'000, 48'000), hz)) / 0.05);
      EXPECT_NEAR(level, hill_db(keeps ? hz : hz / ratio), keeps ? 3.0 : 0.5)
          << "harmonic " << h << (keeps ? " kept" : "");
    }
  }
}

TEST(PitchShifterTest, ExtremesStayFinite) {
  for (const double shift : {-24.0, 24.0}) {
    for (const int rate : {8'000, 192'000}) {
      auto effect = prepared("pitch_shifter",
                             {{"shift_st", shift}, {"fine_cents", shift * 10.0}, {"preserve_formants", 1}}, 1, {rate});
      AudioBuffer sound = noise(1, 60'000, 1.0F);
      effect->process(sound.block());
      EXPECT_LT(peak_of(sound.block()), 100.0);
      effect->set(0, std::nan(""));
      effect->process(sound.block());
      EXPECT_TRUE(std::isfinite(peak_of(sound.block())));
    }
  }
}

}  // namespace
}  // namespace talkback::effects
