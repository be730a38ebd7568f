// Analogue filters of first and second order, as functions of frequency, and the laws of the equaliser's shapes.
//
// H(s) = (n2 s^2 + n1 s + n0) / (d2 s^2 + d1 s + d0), with s in units of the corner. Frequencies are angular, in
// radians a frame. Laws of the shapes after R. Bristow-Johnson, "Audio EQ Cookbook": bell with half its gain in dB at
// the band edges, shelves with half at the corner.
#pragma once

#include <array>
#include <span>

#include "engine/effects/magnitude_fit.hpp"

namespace talkback::effects {

struct Prototype {
  double n2 = 0.0, n1 = 0.0, n0 = 1.0;
  double d2 = 0.0, d1 = 0.0, d0 = 1.0;
  // The corner.
  double radians = 1.0;
};

// |H|^2 at an angular frequency.
double squared_magnitude(const Prototype& prototype, double radians) noexcept;

// gain: linear. q: of the prototype, 1/sqrt(2) is flattest.
Prototype bell(double radians, double gain, double q) noexcept;
Prototype low_shelf(double radians, double gain, double q) noexcept;
Prototype high_shelf(double radians, double gain, double q) noexcept;
Prototype low_pass(double radians, double q) noexcept;
Prototype high_pass(double radians, double q) noexcept;
Prototype band_pass(double radians, double q) noexcept;
Prototype notch(double radians, double q) noexcept;
Prototype first_order_low_pass(double radians) noexcept;
Prototype first_order_high_pass(double radians) noexcept;

// Roots of c2 s^2 + c1 s + c0 (in units of `radians`) mapped by z = e^s, as a quadratic in 1/z; angles end at pi.
Quadratic impulse_invariant(double c2, double c1, double c0, double radians) noexcept;

// Where a digital filter is compared with prototypes in series that share a corner: first the frequencies that are
// judged, up to 18 kHz at 48 kHz and where the prototypes' product is above -65 dB, most densely around resonances;
// then some above, which only guide.
struct DesignFrequencies {
  static constexpr std::size_t kMax = MagnitudePoints::kMax;
  std::array<double, kMax> radians{};
  std::size_t count = 0;
  std::size_t judged = 0;
};

DesignFrequencies design_frequencies(std::span<const Prototype> prototypes) noexcept;

}  // namespace talkback::effects
