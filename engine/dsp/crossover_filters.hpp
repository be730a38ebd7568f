// The filters of a Linkwitz-Riley crossover of 24 dB an octave (S. Linkwitz 1976, "Active Crossover Networks for
// Noncoincident Drivers"): each way is a Butterworth filter of second order twice. Both ways sum to a second-order
// all-pass, so a sound that is not split and passes that all-pass stays in phase with one that is.
//
// Bilinear transform with the corner warped to its place, which keeps that sum exact:
//   low = 1 / (s^2 + sqrt(2) s + 1), high = s^2 / (...), all-pass = (s^2 - sqrt(2) s + 1) / (...); low^2 + high^2 =
//   all-pass
#pragma once

#include <cmath>
#include <numbers>

#include "engine/dsp/biquad.hpp"

namespace talkback::dsp {

struct CrossoverFilters {
  Biquad low;   // apply twice
  Biquad high;  // apply twice
  Biquad all_pass;
};

// radians: the corner in radians a frame, above 0 and below pi; both ways are 6 dB down there.
inline CrossoverFilters crossover_at(double radians) noexcept {
  const double k = std::tan(radians / 2.0);
  const double norm = 1.0 / (1.0 + std::numbers::sqrt2 * k + k * k);
  const double a1 = 2.0 * (k * k - 1.0) * norm;
  const double a2 = (1.0 - std::numbers::sqrt2 * k + k * k) * norm;
  return {{k * k * norm, 2.0 * k * k * norm, k * k * norm, a1, a2},
          {norm, -2.0 * norm, norm, a1, a2},
          {a2, a1, 1.0, a1, a2}};
}

}  // namespace talkback::dsp
