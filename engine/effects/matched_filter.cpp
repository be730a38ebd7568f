#include "engine/effects/matched_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

namespace talkback::effects {

namespace {

using dsp::Biquad;
constexpr double kPi = std::numbers::pi;

double sine_squared(double radians) noexcept {
  const double sine = std::sin(radians / 2.0);
  return sine * sine;
}

double value_at(const SquaredQuadratic& s, double radians) noexcept { return s.at(sine_squared(radians)); }

// The quadratic whose squared magnitude is `dc` at 0 and the wanted values at two more frequencies.
std::optional<Quadratic> solve(double dc, double first, double first_value, double second,
                               double second_value) noexcept {
  const double p1 = sine_squared(first);
  const double q1 = sine_squared(second);
  const double p2 = 4.0 * p1 * (1.0 - p1);
  const double q2 = 4.0 * q1 * (1.0 - q1);
  const double determinant = p1 * q2 - q1 * p2;
  if (std::abs(determinant) < 1e-300) return std::nullopt;
  const double left = first_value - dc * (1.0 - p1);
  const double right = second_value - dc * (1.0 - q1);
  return factor({dc, (left * q2 - right * p2) / determinant, (p1 * right - q1 * left) / determinant});
}

Prototype inverse(const Prototype& p) noexcept { return {p.d2, p.d1, p.d0, p.n2, p.n1, p.n0, p.radians}; }

Biquad make_biquad(const Quadratic& numerator, const Quadratic& denominator) noexcept {
  const double scale = 1.0 / denominator.c0;
  return {numerator.c0 * scale, numerator.c1 * scale, numerator.c2 * scale, denominator.c1 * scale,
          denominator.c2 * scale};
}

// Greatest error in dB where the prototype is above -40 dB, up to 0.75 of the Nyquist frequency.
double roughly_greatest_error_db(const Biquad& filter, const Prototype& prototype) noexcept {
  constexpr int kPoints = 16;
  const SquaredQuadratic numerator = square({filter.b0, filter.b1, filter.b2});
  const SquaredQuadratic denominator = square({1.0, filter.a1, filter.a2});
  double greatest = 0.0;
  const auto check = [&](double radians) {
    const double wanted = squared_magnitude(prototype, radians);
    if (wanted < 1e-4) return;
    const double ratio = value_at(numerator, radians) / value_at(denominator, radians) / wanted;
    greatest = std::max(greatest, ratio > 0.0 ? std::abs(10.0 * std::log10(ratio)) : 1000.0);
  };
  for (int i = 1; i <= kPoints; ++i) check(0.76 * kPi * i / kPoints);
  for (const double factor : {0.5, 0.7, 0.85, 1.0, 1.18, 1.4, 2.0}) {
    if (factor * prototype.radians < 0.76 * kPi) check(factor * prototype.radians);
  }
  return greatest;
}

class BestFilter {
 public:
  explicit BestFilter(const Prototype& prototype) noexcept : prototype_(prototype) {}

  void offer(const Biquad& filter) noexcept {
    // Poles on the circle are none, even where zeros lie on them.
    if (!(std::abs(filter.a2) < 0.9999999 && std::abs(filter.a1) < 0.9999999 * (1.0 + filter.a2))) return;
    const double error = roughly_greatest_error_db(filter, prototype_);
    if (error < error_) {
      error_ = error;
      filter_ = filter;
    }
  }
  bool is_good() const noexcept { return error_ < 0.03; }
  bool empty() const noexcept { return error_ == kNone; }
  Biquad filter() const noexcept { return filter_; }

 private:
  static constexpr double kNone = 1e9;
  const Prototype& prototype_;
  Biquad filter_;
  double error_ = kNone;
};

// The inner matching frequencies that are tried.
struct Pair {
  double first;
  double second;
};

std::array<Pair, 10> matching_pairs(double radians) noexcept {
  const double corner = std::min(radians, 0.74 * kPi);
  return {Pair{corner, kPi},
          Pair{corner, 0.9 * kPi},
          Pair{corner, 0.8 * kPi},
          Pair{corner, corner < 0.4 * kPi ? 0.6 * kPi : 0.4 * kPi},
          Pair{0.8 * corner, 0.8 * kPi},
          Pair{0.5 * corner, corner},
          Pair{0.7 * corner, 0.75 * kPi},
          Pair{0.4 * kPi, 0.75 * kPi},
          Pair{1.2 * corner, kPi},
          Pair{0.5 * kPi, kPi}};
}

// Poles by impulse invariance, numerator matched.
void try_numerators(const Prototype& prototype, bool inverted, BestFilter& best) noexcept {
  const Quadratic poles = impulse_invariant(prototype.d2, prototype.d1, prototype.d0, prototype.radians);
  const SquaredQuadratic denominator = square(poles);
  const double dc = denominator.dc * squared_magnitude(prototype, 0.0);
  for (const Pair pair : matching_pairs(prototype.radians)) {
    const auto value = [&](double radians) {
      return value_at(denominator, radians) * squared_magnitude(prototype, radians);
    };
    const auto numerator = solve(dc, pair.first, value(pair.first), pair.second, value(pair.second));
    if (!numerator) continue;
    const Biquad filter = make_biquad(*numerator, poles);
    best.offer(inverted ? dsp::inverse_of(filter) : filter);
    if (best.is_good()) return;
  }
}

// Zeros given, denominator matched: for filters whose zeros must lie on the unit circle.
void try_denominators(const Prototype& prototype, const Quadratic& zeros, double dc, BestFilter& best) noexcept {
  const SquaredQuadratic numerator = square(zeros);
  for (const Pair pair : matching_pairs(prototype.radians)) {
    for (const double shift : {1.0, 0.8}) {
      const double first = pair.first * shift;
      const auto value = [&](double radians) {
        return value_at(numerator, radians) / squared_magnitude(prototype, radians);
      };
      const auto denominator = solve(dc, first, value(first), pair.second, value(pair.second));
      if (denominator && std::abs(denominator->c2) < denominator->c0) best.offer(make_biquad(zeros, *denominator));
      if (best.is_good()) return;
    }
  }
}

Biquad first_order(const Prototype& p) noexcept {
  const double top = 0.8 * kPi;
  const double p1 = sine_squared(top);
  if (p.n1 == 0.0) {
    const Quadratic pole{1.0, -std::exp(-p.radians * p.d0 / p.d1), 0.0};
    const SquaredQuadratic denominator = square(pole);
    const double dc = denominator.dc * squared_magnitude(p, 0.0);
    const double wanted = value_at(denominator, top) * squared_magnitude(p, top);
    const double nyquist = std::max((wanted - dc * (1.0 - p1)) / p1, 0.0);
    return make_biquad({(std::sqrt(dc) + std::sqrt(nyquist)) / 2.0, (std::sqrt(dc) - std::sqrt(nyquist)) / 2.0, 0.0},
                       pole);
  }
  // High-pass: the zero stays at 0 Hz, where |H| must grow as w / corner.
  const double dc = p.radians * p.radians;
  const double wanted = 4.0 * p1 / squared_magnitude(p, top);
  const double nyquist = std::max((wanted - dc * (1.0 - p1)) / p1, 0.0);
  return make_biquad({1.0, -1.0, 0.0},
                     {(std::sqrt(dc) + std::sqrt(nyquist)) / 2.0, (std::sqrt(dc) - std::sqrt(nyquist)) / 2.0, 0.0});
}

// The bilinear transform, for what nothing above can fit.
Biquad bilinear(const Prototype& p) noexcept {
  const double k = 1.0 / std::tan(std::min(p.radians, 0.98 * kPi) / 2.0);
  return make_biquad({p.n2 * k * k + p.n1 * k + p.n0, 2.0 * (p.n0 - p.n2 * k * k), p.n2 * k * k - p.n1 * k + p.n0},
                     {p.d2 * k * k + p.d1 * k + p.d0, 2.0 * (p.d0 - p.d2 * k * k), p.d2 * k * k - p.d1 * k + p.d0});
}

MagnitudePoints points_of(const Prototype& p) noexcept {
  const DesignFrequencies frequencies = design_frequencies({&p, 1});
  MagnitudePoints points;
  for (std::size_t i = 0; i < frequencies.count; ++i) {
    points.add(frequencies.radians[i], squared_magnitude(p, frequencies.radians[i]),
               i < frequencies.judged ? MagnitudePoints::Use::judge : MagnitudePoints::Use::guide);
  }
  return points;
}

Biquad refined(const Prototype& p, const Biquad& filter, FreeZeros zeros) noexcept {
  const MagnitudePoints points = points_of(p);
  const Quadratic numerator{filter.b0, filter.b1, filter.b2};
  const SquaredFilter fitted = fit_magnitude({square(numerator), square({1.0, filter.a1, filter.a2})}, zeros, points);
  const auto poles = factor(fitted.denominator);
  const auto fitted_zeros = zeros == FreeZeros::none ? numerator : factor(fitted.numerator);
  return poles && fitted_zeros ? make_biquad(*fitted_zeros, *poles) : filter;
}

}  // namespace

Biquad matched_filter(const Prototype& p) noexcept {
  if (p.d2 == 0.0) return refined(p, first_order(p), p.n1 == 0.0 ? FreeZeros::all : FreeZeros::all_but_one_at_dc);
  BestFilter best(p);
  FreeZeros free = FreeZeros::all;
  const bool has_all_zeros = p.n2 != 0.0 && p.n0 != 0.0;
  if (p.n2 != 0.0 && p.n1 == 0.0 && p.n0 == 0.0) {
    // High-pass: both zeros stay at 0 Hz, where |H| must grow as (w / corner)^2.
    try_denominators(p, {1.0, -2.0, 1.0}, std::pow(p.radians, 4.0), best);
    free = FreeZeros::none;
  } else if (has_all_zeros && p.n1 == 0.0 && p.radians < kPi) {
    const Quadratic zeros{1.0, -2.0 * std::cos(p.radians), 1.0};
    try_denominators(p, zeros, square(zeros).dc, best);
    free = FreeZeros::none;
  } else {
    // A boost and the cut of the same size are each other's inverse.
    const bool is_cut = has_all_zeros && p.n1 * p.d2 < p.d1 * p.n2;
    if (!is_cut) try_numerators(p, false, best);
    if (has_all_zeros && !best.is_good()) try_numerators(inverse(p), true, best);
    if (is_cut && !best.is_good()) try_numerators(p, false, best);
    if (p.n0 == 0.0) free = FreeZeros::all_but_one_at_dc;
  }
  if (best.empty()) return refined(p, bilinear(p), free);
  return best.is_good() ? best.filter() : refined(p, best.filter(), free);
}

}  // namespace talkback::effects
