#include "engine/effects/equaliser.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/decibel.hpp"
#include "engine/effects/matched_filter.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

constexpr double kRate = 48'000.0;
double radians(double hz) { return 2.0 * std::numbers::pi * hz / kRate; }

double worst_error_db(const Prototype& prototype) {
  const dsp::Biquad filter = matched_filter(prototype);
  double worst = 0.0;
  for (double hz = 20.0; hz <= 18'000.0; hz *= 1.02) {
    const double wanted = squared_magnitude(prototype, radians(hz));
    if (wanted < 1e-4) continue;
    const double error = dsp::db_from_gain(std::abs(dsp::response_at(filter, radians(hz)))) - 10.0 * std::log10(wanted);
    worst = std::max(worst, std::abs(error));
  }
  return worst;
}

constexpr double kFrequencies[] = {50.0,     1'000.0,  3'000.0,  7'000.0,  10'000.0, 12'000.0,
                                   14'000.0, 16'000.0, 18'000.0, 22'000.0, 30'000.0};

TEST(EqualiserTest, BellsAndShelvesFollowTheirPrototypeToTheTop) {
  for (const double hz : kFrequencies) {
    const double w = radians(hz);
    for (const double db : {-24.0, -12.0, -6.0, 3.0, 6.0, 18.0, 24.0}) {
      const double gain = dsp::gain_from_db(db);
      for (const double q : {0.3, 0.5, 0.707, 2.0, 4.0, 8.0, 12.0})
        EXPECT_LT(worst_error_db(bell(w, gain, q)), 0.1) << hz << ' ' << db << ' ' << q;
      for (const double q : {0.4, 0.707, 1.0, 1.4}) {
        EXPECT_LT(worst_error_db(low_shelf(w, gain, q)), 0.1) << hz << ' ' << db << ' ' << q;
        EXPECT_LT(worst_error_db(high_shelf(w, gain, q)), 0.1) << hz << ' ' << db << ' ' << q;
      }
      EXPECT_LT(worst_error_db(low_shelf(w, gain, 2.0)), 0.12) << hz << ' ' << db;
    }
  }
}

TEST(EqualiserTest, PassFiltersFollowTheirPrototypeToTheTop) {
  for (const double hz : kFrequencies) {
    const double w = radians(hz);
    EXPECT_LT(worst_error_db(first_order_low_pass(w)), 0.1) << hz;
    EXPECT_LT(worst_error_db(first_order_high_pass(w)), 0.1) << hz;
    for (const double q : {0.3, 0.51, 0.7071, 1.3}) {
      EXPECT_LT(worst_error_db(low_pass(w, q)), 0.1) << hz << ' ' << q;
      EXPECT_LT(worst_error_db(high_pass(w, q)), 0.1) << hz << ' ' << q;
      EXPECT_LT(worst_error_db(band_pass(w, q)), 0.11) << hz << ' ' << q;
      EXPECT_LT(worst_error_db(notch(w, q)), 0.14) << hz << ' ' << q;
    }
    // Of the resonant ones the high-pass has the fewest coefficients to move: its zeros stay at 0 Hz.
    for (const double q : {2.6, 8.0, 12.0}) {
      EXPECT_LT(worst_error_db(low_pass(w, q)), 0.1) << hz << ' ' << q;
      EXPECT_LT(worst_error_db(notch(w, q)), 0.1) << hz << ' ' << q;
      EXPECT_LT(worst_error_db(band_pass(w, q)), 0.13) << hz << ' ' << q;
      EXPECT_LT(worst_error_db(high_pass(w, q)), 0.55) << hz << ' ' << q;
    }
  }
}

TEST(EqualiserTest, FiltersAreStableEverywhere) {
  for (double hz = 10.0; hz <= 40'000.0; hz *= 1.13) {
    for (const double q : {0.05, 0.5, 3.0, 40.0}) {
      for (const double db : {-30.0, -1.0, 1.0, 30.0}) {
        const double gain = dsp::gain_from_db(db);
        for (const Prototype& p :
             {bell(radians(hz), gain, q), low_shelf(radians(hz), gain, q), high_shelf(radians(hz), gain, q),
              low_pass(radians(hz), q), high_pass(radians(hz), q), band_pass(radians(hz), q), notch(radians(hz), q)}) {
          const dsp::Biquad filter = matched_filter(p);
          EXPECT_LT(std::abs(filter.a2), 1.0) << hz << ' ' << q << ' ' << db;
          EXPECT_LT(std::abs(filter.a1), 1.0 + filter.a2 + 1e-9) << hz << ' ' << q << ' ' << db;
        }
      }
    }
  }
}

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

TEST(EqualiserTest, NotchRemovesItsTone) {
  auto effect = prepared("equaliser", {{"band_1.shape", 6}, {"band_1.frequency_hz", 3'000}, {"band_1.q", 4}}, 1);
  EXPECT_LT(measured_gain_db(*effect, 3'000), -80.0);
  EXPECT_NEAR(measured_gain_db(*effect, 300), 0.0, 0.05);
}

}  // namespace
}  // namespace talkback::effects
