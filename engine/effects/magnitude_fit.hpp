// The best squared magnitude of a digital second-order filter for a wanted one, by least squares.
//
// A quadratic in 1/z has the squared magnitude dc * p0 + nyquist * p1 + middle * 4 p0 p1, with p1 = sin^2(w/2) and
// p0 = 1 - p1. Numerator and denominator are moved so that the error in dB shrinks, by steps of Levenberg and Marquardt
// (Marquardt 1963), with weights that grow where the error is great (Lawson 1961), which leads towards the smallest
// greatest error.
#pragma once

#include <array>
#include <optional>

namespace talkback::effects {

struct SquaredQuadratic {
  double dc = 0.0;
  double nyquist = 0.0;
  double middle = 0.0;

  double at(double p1) const noexcept { return dc * (1.0 - p1) + nyquist * p1 + middle * 4.0 * (1.0 - p1) * p1; }
};

struct Quadratic {
  double c0 = 1.0;
  double c1 = 0.0;
  double c2 = 0.0;
};

SquaredQuadratic square(const Quadratic& quadratic) noexcept;

// The quadratic with all zeros inside the unit circle; nullopt where no real one has this magnitude.
std::optional<Quadratic> factor(const SquaredQuadratic& squared) noexcept;

// Where the magnitude is wanted: first the points that are judged, then those that only guide.
struct MagnitudePoints {
  static constexpr int kMax = 80;
  std::array<double, kMax> p1{};
  std::array<double, kMax> log_square{};  // natural logarithm of the wanted squared magnitude
  int count = 0;
  int judged = 0;

  enum class Use { judge, guide };
  void add(double radians, double squared_magnitude, Use use) noexcept;
};

enum class FreeZeros { all, all_but_one_at_dc, none };

struct SquaredFilter {
  SquaredQuadratic numerator;
  SquaredQuadratic denominator;
};

double greatest_error_db(const SquaredFilter& filter, const MagnitudePoints& points) noexcept;

// Starts from `filter`, which has a minimum-phase form; the result has one as well and is no worse.
SquaredFilter fit_magnitude(SquaredFilter filter, FreeZeros zeros, const MagnitudePoints& points) noexcept;

}  // namespace talkback::effects
