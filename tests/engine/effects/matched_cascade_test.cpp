#include "engine/effects/matched_cascade.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <string>
#include <vector>

#include "engine/dsp/decibel.hpp"

namespace talkback::effects {
namespace {

constexpr double kRate = 48'000.0;
double radians(double hz) { return 2.0 * std::numbers::pi * hz / kRate; }

std::vector<double> steps(double first, double last, int count) {
  std::vector<double> result;
  for (int i = 0; i < count; ++i)
    result.push_back(first * std::pow(last / first, static_cast<double>(i) / (count - 1)));
  return result;
}

// Up to 18 kHz and down to -60 dB, densely around the corner.
double worst_error_db(const std::vector<Prototype>& prototypes, double corner_hz, double q) {
  const MatchedCascade filter = matched_cascade(prototypes);
  double worst = 0.0;
  const auto check = [&](double hz) {
    if (hz < 10.0 || hz > 18'000.0) return;
    double wanted = 1.0;
    for (const Prototype& p : prototypes) wanted *= squared_magnitude(p, radians(hz));
    if (wanted < 1e-6) return;
    std::complex<double> given = dsp::response_at(filter.correction, radians(hz));
    for (std::size_t i = 0; i < filter.count; ++i) given *= dsp::response_at(filter.sections[i], radians(hz));
    const double error = std::abs(dsp::db_from_gain(std::abs(given)) - 10.0 * std::log10(wanted));
    if (!(error <= worst)) worst = error;
  };
  for (double hz = 20.0; hz < 18'000.0; hz *= 1.05) check(hz);
  check(18'000.0);
  for (int i = -20; i <= 20; ++i) {
    check(corner_hz * (1.0 + 0.05 * i / q));
    check(corner_hz * (1.0 + 0.005 * i / q));
  }
  return worst;
}

bool is_stable(const dsp::Biquad& filter) { return std::abs(filter.a2) < 1.0 && std::abs(filter.a1) < 1.0 + filter.a2; }

// Butterworth, the sharpest section of another q: as the equaliser makes them.
template <class First, class Second>
std::vector<Prototype> pass(int order, double q, First first_order, Second second_order) {
  std::vector<Prototype> result;
  if (order % 2 == 1) result.push_back(first_order());
  for (int k = 0; k < order / 2; ++k) {
    const double butterworth = 0.5 / std::sin((2.0 * k + 1.0) * std::numbers::pi / (2.0 * order));
    result.push_back(second_order(k == 0 ? butterworth * q * std::numbers::sqrt2 : butterworth));
  }
  return result;
}

// Every frequency and q that the equaliser takes.
const std::vector<double> kFrequencies = steps(10.0, 40'000.0, 47);
const std::vector<double> kSharpnesses = steps(0.05, 40.0, 15);

TEST(MatchedCascadeTest, BellsAndShelvesFollowTheirPrototypesToTheTop) {
  for (const double hz : kFrequencies) {
    for (const double q : kSharpnesses) {
      for (const double db : {-30.0, -18.0, -9.0, -2.0, 2.0, 5.0, 12.0, 24.0, 30.0}) {
        const double gain = dsp::gain_from_db(db);
        const std::string where = std::to_string(hz) + " Hz, q " + std::to_string(q) + ", dB " + std::to_string(db);
        EXPECT_LT(worst_error_db({bell(radians(hz), gain, q)}, hz, q), 0.1) << where;
        EXPECT_LT(worst_error_db({low_shelf(radians(hz), gain, q)}, hz, q), 0.1) << where;
        EXPECT_LT(worst_error_db({high_shelf(radians(hz), gain, q)}, hz, q), 0.1) << where;
      }
    }
  }
}

TEST(MatchedCascadeTest, BandPassesAndNotchesFollowTheirPrototypesToTheTop) {
  for (const double hz : kFrequencies) {
    for (const double q : kSharpnesses) {
      EXPECT_LT(worst_error_db({band_pass(radians(hz), q)}, hz, q), 0.1) << hz << " Hz, q " << q;
      EXPECT_LT(worst_error_db({notch(radians(hz), q)}, hz, q), 0.1) << hz << " Hz, q " << q;
    }
  }
}

TEST(MatchedCascadeTest, PassFiltersOfEverySlopeFollowTheirPrototypesToTheTop) {
  for (const double hz : kFrequencies) {
    const double w = radians(hz);
    for (const double q : kSharpnesses) {
      for (int order = 1; order <= 8; ++order) {
        const auto low = pass(
            order, q, [&] { return first_order_low_pass(w); }, [&](double of) { return low_pass(w, of); });
        const auto high = pass(
            order, q, [&] { return first_order_high_pass(w); }, [&](double of) { return high_pass(w, of); });
        EXPECT_LT(worst_error_db(low, hz, q), 0.1) << hz << " Hz, q " << q << ", order " << order;
        EXPECT_LT(worst_error_db(high, hz, q), 0.1) << hz << " Hz, q " << q << ", order " << order;
      }
    }
  }
}

TEST(MatchedCascadeTest, FiltersAreStableEverywhere) {
  for (double hz = 10.0; hz <= 40'000.0; hz *= 1.13) {
    const double w = radians(hz);
    for (const double q : {0.05, 0.5, 3.0, 40.0}) {
      for (const double db : {-30.0, -1.0, 1.0, 30.0}) {
        const double gain = dsp::gain_from_db(db);
        for (const Prototype& p : {bell(w, gain, q), low_shelf(w, gain, q), high_shelf(w, gain, q), low_pass(w, q),
                                   high_pass(w, q), band_pass(w, q), notch(w, q)}) {
          const MatchedCascade filter = matched_cascade({&p, 1});
          EXPECT_TRUE(is_stable(filter.sections[0])) << hz << ' ' << q << ' ' << db;
          EXPECT_TRUE(is_stable(filter.correction)) << hz << ' ' << q << ' ' << db;
        }
      }
    }
  }
}

// What people use costs no section more.
TEST(MatchedCascadeTest, CommonFiltersNeedNoCorrection) {
  for (const double hz : {40.0, 120.0, 600.0, 2'500.0, 7'000.0}) {
    const double w = radians(hz);
    for (const Prototype& p :
         {bell(w, 2.0, 1.0), bell(w, 0.5, 2.0), low_shelf(w, 1.5, 0.7), high_shelf(w, 1.5, 0.7), high_pass(w, 0.7)})
      EXPECT_EQ(matched_cascade({&p, 1}).correction, dsp::Biquad{}) << hz;
  }
}

}  // namespace
}  // namespace talkback::effects
