#include "engine/effects/matched_cascade.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/effects/magnitude_fit.hpp"
#include "engine/effects/matched_filter.hpp"

namespace talkback::effects {

namespace {

using dsp::Biquad;

constexpr double kGoodDb = 0.05;

// Poles that ring above the Nyquist frequency would be mapped onto it, where nothing rings.
bool can_be_mapped(const Prototype& p) noexcept {
  return p.radians < 0.97 * std::numbers::pi || p.d2 == 0.0 || p.d1 * p.d1 >= 4.0 * p.d2 * p.d0;
}

Biquad mapped(const Prototype& p) noexcept {
  const Quadratic zeros = impulse_invariant(p.n2, p.n1, p.n0, p.radians);
  const Quadratic poles = impulse_invariant(p.d2, p.d1, p.d0, p.radians);
  return {zeros.c0, zeros.c1, zeros.c2, poles.c1, poles.c2};
}

double log_square_wanted(std::span<const Prototype> prototypes, double radians) noexcept {
  double sum = 0.0;
  for (const Prototype& p : prototypes) sum += std::log(squared_magnitude(p, radians));
  return sum;
}

double log_square_given(std::span<const Biquad> sections, double radians) noexcept {
  const double sine = std::sin(radians / 2.0);
  double sum = 0.0;
  for (const Biquad& s : sections) {
    sum += std::log(square({s.b0, s.b1, s.b2}).at(sine * sine) / square({1.0, s.a1, s.a2}).at(sine * sine));
  }
  return sum;
}

// What sections lack, as a squared magnitude; the first is scaled so that nothing is missing where most is wanted.
MagnitudePoints missing_points(std::span<const Prototype> prototypes, std::span<Biquad> sections,
                               const DesignFrequencies& frequencies) noexcept {
  std::array<double, DesignFrequencies::kMax> missing{};
  double greatest = -1e300;
  double scale = 0.0;
  for (std::size_t i = 0; i < frequencies.count; ++i) {
    const double wanted = log_square_wanted(prototypes, frequencies.radians[i]);
    missing[i] = wanted - log_square_given(sections, frequencies.radians[i]);
    if (i >= frequencies.judged || wanted <= greatest) continue;
    greatest = wanted;
    scale = missing[i];
  }
  Biquad& first = sections.front();
  for (double* coefficient : {&first.b0, &first.b1, &first.b2}) *coefficient *= std::exp(scale / 2.0);
  MagnitudePoints points;
  for (std::size_t i = 0; i < frequencies.count; ++i) {
    points.add(frequencies.radians[i], std::exp(missing[i] - scale),
               i < frequencies.judged ? MagnitudePoints::Use::judge : MagnitudePoints::Use::guide);
  }
  return points;
}

struct Attempt {
  MatchedCascade cascade;
  double error_db = 0.0;
};

Attempt corrected(std::span<const Prototype> prototypes, MatchedCascade cascade,
                  const DesignFrequencies& frequencies) noexcept {
  const MagnitudePoints points =
      missing_points(prototypes, std::span(cascade.sections).first(cascade.count), frequencies);
  SquaredFilter best;
  double error = 1e300;
  // Nearly nothing, tilted one way or the other: the fit finds its way from one of these. The first forgets quickest
  // what lies far below, so that changes of a moving correction are not heard there.
  for (const double pole : {-0.3, 0.3, 0.8}) {
    const SquaredFilter start{square({1.0, -pole, 0.0}), square({1.0, -0.9 * pole, 0.0})};
    const SquaredFilter fitted = fit_magnitude(start, FreeZeros::all, points);
    const double fitted_error = greatest_error_db(fitted, points);
    if (fitted_error >= error) continue;
    error = fitted_error;
    best = fitted;
    if (error < kGoodDb) break;
  }
  const auto zeros = factor(best.numerator);
  const auto poles = factor(best.denominator);
  if (zeros && poles) {
    const double scale = 1.0 / poles->c0;
    cascade.correction = {zeros->c0 * scale, zeros->c1 * scale, zeros->c2 * scale, poles->c1 * scale,
                          poles->c2 * scale};
  }
  return {cascade, error};
}

bool is_good(std::span<const Prototype> prototypes, const MatchedCascade& cascade,
             const DesignFrequencies& frequencies) noexcept {
  constexpr double kGoodLog = kGoodDb / 10.0 * std::numbers::ln10;
  const auto sections = std::span(cascade.sections).first(cascade.count);
  return std::all_of(
      frequencies.radians.begin(), frequencies.radians.begin() + static_cast<std::ptrdiff_t>(frequencies.judged),
      [&](double radians) {
        return std::abs(log_square_given(sections, radians) - log_square_wanted(prototypes, radians)) < kGoodLog;
      });
}

}  // namespace

MatchedCascade matched_cascade(std::span<const Prototype> prototypes) noexcept {
  const DesignFrequencies frequencies = design_frequencies(prototypes);
  MatchedCascade one_by_one;
  for (const Prototype& p : prototypes) one_by_one.sections[one_by_one.count++] = matched_filter(p);
  if (frequencies.judged == 0 || is_good(prototypes, one_by_one, frequencies)) return one_by_one;
  MatchedCascade resonances = one_by_one;
  for (std::size_t i = 0; i < prototypes.size(); ++i) {
    if (can_be_mapped(prototypes[i])) resonances.sections[i] = mapped(prototypes[i]);
  }
  // The first that is good, not the best: as a corner moves, the choice then seldom changes.
  const Attempt split = corrected(prototypes, resonances, frequencies);
  if (split.error_db < kGoodDb) return split.cascade;
  const Attempt patched = corrected(prototypes, one_by_one, frequencies);
  return patched.error_db < split.error_db ? patched.cascade : split.cascade;
}

}  // namespace talkback::effects
