#include "engine/effects/equaliser.hpp"

#include <gtest/gtest.h>

#include <complex>

#include "engine/dsp/decibel.hpp"
#include "engine/effects/prototype.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

constexpr double kRate = 48'000.0;
double radians(double hz) { return 2.0 * std::numbers::pi * hz / kRate; }

double measured_gain_db(Processor& effect, double hz) {
  effect.reset();
  AudioBuffer sound = tone(1, 24'000, hz / kRate, 0.1);
  effect.process(sound.block());
  double energy = 0.0;
  for (const float sample : sound.block().channel(0).subspan(12'000))
    energy += static_cast<double>(sample) * static_cast<double>(sample);
  return 10.0 * std::log10(energy / 12'000.0 / 0.005);
}

TEST(EqualiserTest, PassFiltersAreButterworthAtEverySlope) {
  for (int slope = 6; slope <= 48; slope += 6) {
    auto effect = prepared("equaliser",
                           {{"band_4.shape", 4},
                            {"band_4.frequency_hz", 1'000},
                            {"band_4.slope_db_per_octave", static_cast<double>(slope)}},
                           1);
    EXPECT_NEAR(measured_gain_db(*effect, 1'000), -3.01, 0.15) << slope;
    EXPECT_NEAR(measured_gain_db(*effect, 2'000), -10.0 * std::log10(1.0 + std::pow(2.0, slope / 3.0)), 0.5) << slope;
    EXPECT_NEAR(measured_gain_db(*effect, 100), 0.0, 0.1) << slope;
  }
}

TEST(EqualiserTest, BandsThatAreOffOrFlatChangeNothing) {
  auto effect = prepared("equaliser", {{"band_2.shape", 1}});
  AudioBuffer sound = noise(2, 1'000);
  effect->process(sound.block());
  EXPECT_TRUE(std::ranges::equal(sound.block().channel(0), noise(2, 1'000).block().channel(0)));
}

// What the effect itself makes of an impulse, against what was asked for.
double worst_error_db(const std::vector<Setting>& settings, const std::vector<Prototype>& prototypes) {
  constexpr int kFrames = 1 << 15;
  auto effect = prepared("equaliser", settings, 1);
  AudioBuffer sound(1, kFrames);
  sound.block().channel(0)[0] = 1.0F;
  effect->process(sound.block());
  double worst = 0.0;
  for (double hz = 100.0; hz <= 18'000.0; hz *= 1.06) {
    const std::complex<double> turn = std::polar(1.0, -radians(hz));
    std::complex<double> response = 0.0;
    for (int n = kFrames; n-- > 0;)
      response = response * turn + static_cast<double>(sound.block().channel(0)[static_cast<std::size_t>(n)]);
    double wanted = 1.0;
    for (const Prototype& p : prototypes) wanted *= squared_magnitude(p, radians(hz));
    if (wanted > 1e-4)
      worst = std::max(worst, std::abs(dsp::db_from_gain(std::abs(response)) - 10.0 * std::log10(wanted)));
  }
  return worst;
}

TEST(EqualiserTest, SharpBandsAtTheTopSoundLikeTheirPrototypes) {
  const double q = std::numbers::sqrt2 / 2.0;
  EXPECT_LT(worst_error_db({{"band_1.shape", 5}, {"band_1.frequency_hz", 12'000}, {"band_1.q", 12}},
                           {high_pass(radians(12'000), 12)}),
            0.1);
  EXPECT_LT(worst_error_db({{"band_3.shape", 5},
                            {"band_3.frequency_hz", 14'000},
                            {"band_3.q", 12},
                            {"band_4.shape", 3},
                            {"band_4.frequency_hz", 9'000},
                            {"band_4.gain_db", -12},
                            {"band_4.q", 6},
                            {"band_8.shape", 4},
                            {"band_8.frequency_hz", 16'000},
                            {"band_8.slope_db_per_octave", 48}},
                           {high_pass(radians(14'000), 12), high_shelf(radians(9'000), dsp::gain_from_db(-12), 6),
                            low_pass(radians(16'000), q * 0.5 / std::sin(std::numbers::pi / 16) / q),
                            low_pass(radians(16'000), 0.5 / std::sin(3 * std::numbers::pi / 16)),
                            low_pass(radians(16'000), 0.5 / std::sin(5 * std::numbers::pi / 16)),
                            low_pass(radians(16'000), 0.5 / std::sin(7 * std::numbers::pi / 16))}),
            0.2);
}

// A corner that moves into the region where a correction is needed, and out of it again: a tone far below it hears
// nothing but the filter's memory adapting. One that came at once would bend it by a hundred times as much.
TEST(EqualiserTest, CorrectionsComeAndGoWithoutAClick) {
  auto effect = prepared("equaliser", {{"band_2.shape", 3}, {"band_2.gain_db", 6}, {"band_2.q", 3}}, 1);
  constexpr int kFrames = 240'000;
  AudioBuffer sound = tone(1, kFrames, 200.0 / kRate, 0.5);
  const int frequency = parameter_index(effect->parameters(), "band_2.frequency_hz");
  for (int n = 0; n < kFrames; n += dsp::kControlFrames) {
    effect->set(frequency, 15'000.0 + 6'000.0 * std::sin(n * 0.00005));
    effect->process(sound.block().slice(n, dsp::kControlFrames));
  }
  const auto x = sound.block().channel(0).subspan(2'000);
  double sharpest = 0.0;
  for (std::size_t n = 2; n < x.size(); ++n)
    sharpest = std::max(sharpest, std::abs(static_cast<double>(x[n] - 2.0F * x[n - 1] + x[n - 2])));
  EXPECT_LT(sharpest, 0.002);
}

TEST(EqualiserTest, AStateTakenAnywhereGoesOnTheSame) {
  const std::vector<Setting> settings{{"band_1.shape", 5}, {"band_1.frequency_hz", 14'000}, {"band_1.q", 20}};
  auto effect = prepared("equaliser", settings);
  AudioBuffer sound = noise(2, 2'000);
  effect->process(sound.block().slice(0, 1'000));
  std::vector<std::byte> bytes;
  auto saving = dsp::StateArchive::saving(bytes);
  effect->archive(saving);
  auto second = prepared("equaliser", {});
  auto loading = dsp::StateArchive::loading(bytes);
  second->archive(loading);
  EXPECT_TRUE(loading.is_complete());
  AudioBuffer rest(2, 1'000);
  for (int c = 0; c < 2; ++c)
    std::ranges::copy(sound.block().channel(c).subspan(1'000), rest.block().channel(c).begin());
  effect->process(sound.block().slice(1'000, 1'000));
  second->process(rest.block());
  EXPECT_TRUE(std::ranges::equal(rest.block().channel(1), sound.block().channel(1).subspan(1'000)));
}

TEST(EqualiserTest, NotchRemovesItsTone) {
  auto effect = prepared("equaliser", {{"band_1.shape", 6}, {"band_1.frequency_hz", 3'000}, {"band_1.q", 4}}, 1);
  EXPECT_LT(measured_gain_db(*effect, 3'000), -80.0);
  EXPECT_NEAR(measured_gain_db(*effect, 300), 0.0, 0.05);
}

}  // namespace
}  // namespace talkback::effects
