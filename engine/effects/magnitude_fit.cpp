#include "engine/effects/magnitude_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace talkback::effects {

namespace {

constexpr int kParametersMax = 5;
constexpr double kGuideWeight = 0.003;
constexpr int kStepsMax = 20;
// Without getting better by 3 %.
constexpr int kIdleStepsMax = 5;
// Good enough: below what can be heard or measured in sound.
constexpr double kGoodDb = 0.04;
constexpr double kDbOfLogSquare = 10.0 / std::numbers::ln10;

using Vector = std::array<double, kParametersMax>;
using Matrix = std::array<Vector, kParametersMax>;
using Weights = std::array<double, MagnitudePoints::kMax>;

// The coefficients that may move.
struct Parameters {
  std::array<double SquaredQuadratic::*, kParametersMax> member{};
  std::array<bool, kParametersMax> is_numerator{};
  std::size_t count = 0;

  void add(bool numerator, double SquaredQuadratic::*which) noexcept {
    member[count] = which;
    is_numerator[count++] = numerator;
  }
};

// One coefficient stays, as only the ratio matters: of the denominator the greater one at the ends.
Parameters free_parameters(const SquaredFilter& filter, FreeZeros zeros) noexcept {
  Parameters result;
  if (zeros == FreeZeros::all) result.add(true, &SquaredQuadratic::dc);
  if (zeros != FreeZeros::none) {
    result.add(true, &SquaredQuadratic::nyquist);
    result.add(true, &SquaredQuadratic::middle);
  }
  const bool keeps_dc = filter.denominator.dc > filter.denominator.nyquist;
  if (zeros == FreeZeros::none || !keeps_dc) result.add(false, &SquaredQuadratic::dc);
  if (zeros == FreeZeros::none || keeps_dc) result.add(false, &SquaredQuadratic::nyquist);
  result.add(false, &SquaredQuadratic::middle);
  return result;
}

double basis(double SquaredQuadratic::*which, double p1) noexcept {
  if (which == &SquaredQuadratic::dc) return 1.0 - p1;
  return which == &SquaredQuadratic::nyquist ? p1 : 4.0 * (1.0 - p1) * p1;
}

bool is_possible(const SquaredFilter& filter, FreeZeros zeros) noexcept {
  const auto poles = factor(filter.denominator);
  // Poles on the circle are none.
  if (!poles || !(filter.denominator.dc > 0.0 && filter.denominator.nyquist > 0.0)) return false;
  if (!(std::abs(poles->c2) < 0.9999999 * poles->c0)) return false;
  return zeros == FreeZeros::none || factor(filter.numerator).has_value();
}

double log_error(const SquaredFilter& filter, const MagnitudePoints& points, std::size_t i) noexcept {
  const double ratio = filter.numerator.at(points.p1[i]) / filter.denominator.at(points.p1[i]);
  return ratio > 0.0 ? std::log(ratio) - points.log_square[i] : std::numeric_limits<double>::infinity();
}

double cost_of(const SquaredFilter& filter, const MagnitudePoints& points, const Weights& weights) noexcept {
  double sum = 0.0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(points.count); ++i) {
    const double error = log_error(filter, points, i);
    sum += weights[i] * error * error;
  }
  return sum;
}

// x of (a + damping * diagonal of a) x = b, by Cholesky. False where that is not positive.
bool solve(Matrix a, Vector b, std::size_t count, double damping, Vector& x) noexcept {
  for (std::size_t i = 0; i < count; ++i) a[i][i] *= 1.0 + damping;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i][k] * a[j][k];
      if (i == j) {
        if (!(sum > 0.0)) return false;
        a[i][i] = std::sqrt(sum);
      } else {
        a[i][j] = sum / a[j][j];
      }
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (std::size_t i = count; i-- > 0;) {
    for (std::size_t k = i + 1; k < count; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  x = b;
  return true;
}

struct NormalEquations {
  Matrix matrix{};
  Vector right{};
};

NormalEquations normal_equations(const SquaredFilter& filter, const Parameters& parameters,
                                 const MagnitudePoints& points, const Weights& weights) noexcept {
  NormalEquations result;
  for (std::size_t i = 0; i < static_cast<std::size_t>(points.count); ++i) {
    const double p1 = points.p1[i];
    const double numerator = filter.numerator.at(p1);
    const double denominator = filter.denominator.at(p1);
    const double error = std::log(numerator / denominator) - points.log_square[i];
    Vector slope{};
    for (std::size_t k = 0; k < parameters.count; ++k) {
      slope[k] = basis(parameters.member[k], p1) / (parameters.is_numerator[k] ? numerator : -denominator);
    }
    for (std::size_t k = 0; k < parameters.count; ++k) {
      result.right[k] -= weights[i] * slope[k] * error;
      for (std::size_t l = 0; l <= k; ++l) result.matrix[k][l] += weights[i] * slope[k] * slope[l];
    }
  }
  return result;
}

SquaredFilter moved(SquaredFilter filter, const Parameters& parameters, const Vector& step) noexcept {
  for (std::size_t k = 0; k < parameters.count; ++k) {
    SquaredQuadratic& part = parameters.is_numerator[k] ? filter.numerator : filter.denominator;
    part.*parameters.member[k] += step[k];
  }
  return filter;
}

// Heavier where the error is great, and never nothing.
void reweigh(const SquaredFilter& filter, const MagnitudePoints& points, Weights& weights) noexcept {
  std::array<double, MagnitudePoints::kMax> errors{};
  double greatest = 0.0;
  const auto judged = static_cast<std::size_t>(points.judged);
  for (std::size_t i = 0; i < judged; ++i) {
    errors[i] = std::abs(log_error(filter, points, i));
    greatest = std::max(greatest, errors[i]);
  }
  if (!(greatest > 0.0)) return;
  double sum = 0.0;
  for (std::size_t i = 0; i < judged; ++i) {
    weights[i] *= 0.2 + errors[i] / greatest;
    sum += weights[i];
  }
  for (std::size_t i = 0; i < judged; ++i) weights[i] = std::max(weights[i] * points.judged / sum, 1e-3);
}

}  // namespace

SquaredQuadratic square(const Quadratic& q) noexcept {
  const double sum = q.c0 + q.c1 + q.c2;
  const double difference = q.c0 - q.c1 + q.c2;
  return {sum * sum, difference * difference, -4.0 * q.c0 * q.c2};
}

std::optional<Quadratic> factor(const SquaredQuadratic& s) noexcept {
  if (!(s.dc >= 0.0 && s.nyquist >= 0.0)) return std::nullopt;
  const double even = (std::sqrt(s.dc) + std::sqrt(s.nyquist)) / 2.0;
  const double inner = even * even + s.middle;
  if (!(inner >= 0.0)) return std::nullopt;
  const double c0 = (even + std::sqrt(inner)) / 2.0;
  if (!(c0 > 0.0)) return std::nullopt;
  return Quadratic{c0, (std::sqrt(s.dc) - std::sqrt(s.nyquist)) / 2.0, -s.middle / (4.0 * c0)};
}

void MagnitudePoints::add(double radians, double squared_magnitude, Use use) noexcept {
  if (count == kMax) return;
  const double sine = std::sin(radians / 2.0);
  p1[static_cast<std::size_t>(count)] = sine * sine;
  log_square[static_cast<std::size_t>(count++)] = std::log(squared_magnitude);
  if (use == Use::judge) judged = count;
}

double greatest_error_db(const SquaredFilter& filter, const MagnitudePoints& points) noexcept {
  double greatest = 0.0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(points.judged); ++i)
    greatest = std::max(greatest, std::abs(log_error(filter, points, i)));
  return greatest * kDbOfLogSquare;
}

SquaredFilter fit_magnitude(SquaredFilter filter, FreeZeros zeros, const MagnitudePoints& points) noexcept {
  SquaredFilter best = filter;
  double best_error = greatest_error_db(best, points);
  const Parameters parameters = free_parameters(filter, zeros);
  Weights weights;
  weights.fill(kGuideWeight);
  std::fill_n(weights.begin(), points.judged, 1.0);
  double damping = 1e-3;
  int idle_steps = 0;
  for (int step = 0; step < kStepsMax && best_error > kGoodDb && idle_steps < kIdleStepsMax; ++step, ++idle_steps) {
    const NormalEquations equations = normal_equations(filter, parameters, points, weights);
    const double cost = cost_of(filter, points, weights);
    Vector move{};
    if (!solve(equations.matrix, equations.right, parameters.count, damping, move)) return best;
    const SquaredFilter candidate = moved(filter, parameters, move);
    if (!is_possible(candidate, zeros) || !(cost_of(candidate, points, weights) < cost)) {
      damping *= 8.0;
      if (damping > 1e6) break;
      continue;
    }
    filter = candidate;
    damping = std::max(damping * 0.1, 1e-9);
    const double error = greatest_error_db(filter, points);
    if (error < 0.97 * best_error) idle_steps = 0;
    if (error < best_error) {
      best = filter;
      best_error = error;
    }
    reweigh(filter, points, weights);
  }
  return best;
}

}  // namespace talkback::effects
