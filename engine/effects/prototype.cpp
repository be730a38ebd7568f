#include "engine/effects/prototype.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace talkback::effects {

namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kJudgedTop = 0.752 * kPi;
constexpr double kJudgedSquare = 3e-7;

// A place where the magnitude bends: its frequency, and its width in relation to that.
struct Bend {
  double radians = 0.0;
  double width = 1.0;
};

Bend bend_of(double c2, double c1, double c0, double corner) noexcept {
  if (c2 == 0.0 || c0 == 0.0) return {corner, 1.0};
  const double width = c1 / std::sqrt(c2 * c0);
  // Roots on the axis itself (a notch) have no width; the other side of the fraction has.
  return {corner * std::sqrt(c0 / c2), width > 0.0 ? std::min(width, 1.0) : 1.0};
}

}  // namespace

double squared_magnitude(const Prototype& p, double radians) noexcept {
  const double w = radians / p.radians;
  const double square = w * w;
  const double numerator_real = p.n0 - p.n2 * square;
  const double denominator_real = p.d0 - p.d2 * square;
  return (numerator_real * numerator_real + p.n1 * p.n1 * square) /
         (denominator_real * denominator_real + p.d1 * p.d1 * square);
}

Prototype bell(double radians, double gain, double q) noexcept {
  const double a = std::sqrt(gain);
  return {1.0, a / q, 1.0, 1.0, 1.0 / (a * q), 1.0, radians};
}

Prototype low_shelf(double radians, double gain, double q) noexcept {
  const double a = std::sqrt(gain);
  return {a, a * std::sqrt(a) / q, a * a, a, std::sqrt(a) / q, 1.0, radians};
}

Prototype high_shelf(double radians, double gain, double q) noexcept {
  const double a = std::sqrt(gain);
  return {a * a, a * std::sqrt(a) / q, a, 1.0, std::sqrt(a) / q, a, radians};
}

Prototype low_pass(double radians, double q) noexcept { return {0.0, 0.0, 1.0, 1.0, 1.0 / q, 1.0, radians}; }
Prototype high_pass(double radians, double q) noexcept { return {1.0, 0.0, 0.0, 1.0, 1.0 / q, 1.0, radians}; }
Prototype band_pass(double radians, double q) noexcept { return {0.0, 1.0 / q, 0.0, 1.0, 1.0 / q, 1.0, radians}; }
Prototype notch(double radians, double q) noexcept { return {1.0, 0.0, 1.0, 1.0, 1.0 / q, 1.0, radians}; }
Prototype first_order_low_pass(double radians) noexcept { return {0.0, 0.0, 1.0, 0.0, 1.0, 1.0, radians}; }
Prototype first_order_high_pass(double radians) noexcept { return {0.0, 1.0, 0.0, 0.0, 1.0, 1.0, radians}; }

Quadratic impulse_invariant(double c2, double c1, double c0, double radians) noexcept {
  if (c2 == 0.0) return c1 == 0.0 ? Quadratic{c0, 0.0, 0.0} : Quadratic{1.0, -std::exp(-c0 / c1 * radians), 0.0};
  const double half = c1 / (2.0 * c2) * radians;
  const double product = c0 / c2 * radians * radians;
  const double discriminant = half * half - product;
  const double decay = std::exp(-half);
  if (discriminant >= 0.0) {
    const double root = std::sqrt(discriminant);
    return {1.0, -(std::exp(-half + root) + std::exp(-half - root)), decay * decay};
  }
  return {1.0, -2.0 * decay * std::cos(std::min(std::sqrt(-discriminant), kPi)), decay * decay};
}

DesignFrequencies design_frequencies(std::span<const Prototype> prototypes) noexcept {
  DesignFrequencies result;
  const auto add = [&](double radians) {
    if (result.count == DesignFrequencies::kMax) return;
    double wanted = 1.0;
    for (const Prototype& p : prototypes) wanted *= squared_magnitude(p, radians);
    if (wanted > kJudgedSquare) result.radians[result.count++] = radians;
  };
  const auto judge = [&](double radians) {
    if (radians < kJudgedTop) add(radians);
  };
  const double corner = prototypes.front().radians;
  for (int i = 1; i <= 22; ++i) add(kJudgedTop * i / 22);
  for (const double octaves : {-6.0, -4.5, -3.5, -2.5, -1.5, -1.0, -0.6, 0.6, 1.0, 1.5, 2.5, 3.5})
    judge(corner * std::exp2(octaves));
  // Of prototypes that share a corner the sharpest says how densely; only shelves bend at two frequencies.
  Bend poles{corner, 1.0};
  Bend zeros{corner, 1.0};
  for (const Prototype& p : prototypes) {
    if (const Bend bend = bend_of(p.d2, p.d1, p.d0, p.radians); bend.width < poles.width) poles = bend;
    if (const Bend bend = bend_of(p.n2, p.n1, p.n0, p.radians); bend.width < zeros.width) zeros = bend;
  }
  const auto judge_around = [&](const Bend& bend) {
    for (const double part : {-1.0, -0.6, -0.35, -0.15, 0.0, 0.15, 0.35, 0.6, 1.0})
      judge(bend.radians * (1.0 + bend.width * part));
  };
  if (poles.radians == zeros.radians) poles.width = std::min(poles.width, zeros.width);
  judge_around(poles);
  if (poles.radians != zeros.radians) judge_around(zeros);
  result.judged = result.count;
  for (const double top : {0.8, 0.87, 0.94, 0.999}) add(top * kPi);
  return result;
}

}  // namespace talkback::effects
