#include "engine/analysis/loudness_gates.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace talkback::analysis {

namespace {

constexpr std::size_t kMomentarySteps = 4;
constexpr std::size_t kShortTermSteps = 30;
constexpr std::size_t kRangeHopSteps = 10;

// Below the absolute gate and everything that a meter shows.
constexpr double kLufsMin = -120.0;
constexpr double kAbsoluteGateLufs = -70.0;
// Of the mean power: -10 LU for the loudness, -20 LU for the range.
constexpr double kRelativeGate = 0.1;
constexpr double kRangeGate = 0.01;
constexpr double kRangeLow = 0.10;
constexpr double kRangeHigh = 0.95;

// BS.1770-4, Annex 1, formula (2): a sine of 997 Hz reads its level.
constexpr double kOffsetDb = -0.691;

double lufs_of(double power) noexcept { return kOffsetDb + 10.0 * std::log10(power); }
double power_of(double lufs) noexcept { return std::pow(10.0, (lufs - kOffsetDb) / 10.0); }

// Rounded, for a master's gain comes from it: the last bits of the system's logarithm differ between processors.
std::optional<double> shown(double power) noexcept {
  constexpr double kGridLu = 0x1p-24;
  const double lufs = lufs_of(power);
  if (!std::isfinite(lufs) || lufs < kLufsMin) return std::nullopt;
  return std::floor(lufs / kGridLu + 0.5) * kGridLu;
}

double mean_of(std::span<const double> steps) noexcept {
  return std::accumulate(steps.begin(), steps.end(), 0.0) / static_cast<double>(steps.size());
}

std::optional<double> newest(std::span<const double> steps, std::size_t count) noexcept {
  const auto used = steps.last(std::min(count, steps.size()));
  return shown(std::accumulate(used.begin(), used.end(), 0.0) / static_cast<double>(count));
}

// Of the blocks whose power is at least `gate`; nullopt where there is none.
std::optional<double> mean_block(std::span<const double> steps, double gate) noexcept {
  double sum = 0.0;
  std::size_t count = 0;
  for (std::size_t first = 0; first + kMomentarySteps <= steps.size(); ++first) {
    const double power = mean_of(steps.subspan(first, kMomentarySteps));
    if (!(power >= gate)) continue;
    sum += power;
    ++count;
  }
  return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
}

}  // namespace

std::optional<double> momentary_lufs(std::span<const double> steps) noexcept { return newest(steps, kMomentarySteps); }
std::optional<double> short_term_lufs(std::span<const double> steps) noexcept { return newest(steps, kShortTermSteps); }

std::optional<double> integrated_lufs(std::span<const double> steps) noexcept {
  const double absolute = power_of(kAbsoluteGateLufs);
  const auto loud = mean_block(steps, absolute);
  if (!loud) return std::nullopt;
  const auto gated = mean_block(steps, std::max(absolute, *loud * kRelativeGate));
  return gated ? shown(*gated) : std::nullopt;
}

std::optional<double> range_lu(std::span<const double> steps) {
  if (!integrated_lufs(steps)) return std::nullopt;
  const double absolute = power_of(kAbsoluteGateLufs);
  std::vector<double> powers;
  for (std::size_t first = 0; first + kShortTermSteps <= steps.size(); first += kRangeHopSteps) {
    const double power = mean_of(steps.subspan(first, kShortTermSteps));
    if (power >= absolute) powers.push_back(power);
  }
  if (powers.empty()) return 0.0;
  std::ranges::sort(powers);
  const auto first = std::ranges::lower_bound(powers, mean_of(powers) * kRangeGate);
  const auto gated = std::span(powers).subspan(static_cast<std::size_t>(first - powers.begin()));
  const auto percentile = [&](double part) {
    return gated[static_cast<std::size_t>(static_cast<double>(gated.size() - 1) * part + 0.5)];
  };
  return lufs_of(percentile(kRangeHigh)) - lufs_of(percentile(kRangeLow));
}

}  // namespace talkback::analysis
