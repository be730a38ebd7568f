#include "client/recorder/clock_drift.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace talkback::recorder {
namespace {

// 400 pairs have 79,800 slopes: a few milliseconds. More pairs are thinned evenly.
constexpr std::size_t kPairsUsedMax = 400;

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::optional<ClockDrift> estimate_drift(std::span<const ClockPair> pairs, SampleRate rate) {
  if (pairs.size() < kClockPairsMin) return std::nullopt;
  const double seconds = static_cast<double>(pairs.back().nanoseconds - pairs.front().nanoseconds) / 1e9;
  if (seconds < kClockSecondsMin) return std::nullopt;
  std::vector<ClockPair> used;
  const std::size_t count = std::min(pairs.size(), kPairsUsedMax);
  for (std::size_t i = 0; i < count; ++i) used.push_back(pairs[i * (pairs.size() - 1) / (count - 1)]);
  const ClockPair origin = used.front();
  const auto x = [&](const ClockPair& pair) { return static_cast<double>(pair.frame - origin.frame); };
  const auto y = [&](const ClockPair& pair) { return static_cast<double>(pair.nanoseconds - origin.nanoseconds); };
  std::vector<double> slopes;
  for (std::size_t i = 0; i < used.size(); ++i)
    for (std::size_t j = i + 1; j < used.size(); ++j)
      if (used[j].frame > used[i].frame) slopes.push_back((y(used[j]) - y(used[i])) / (x(used[j]) - x(used[i])));
  if (slopes.empty()) return std::nullopt;
  const double ns_per_frame = median(slopes);
  std::vector<double> rests;
  for (const ClockPair& pair : used) rests.push_back(y(pair) - ns_per_frame * x(pair));
  const double rest = median(rests);
  for (double& value : rests) value = std::abs(value - rest);
  ClockDrift drift;
  drift.ppm = (1e9 / rate.hz / ns_per_frame - 1.0) * 1e6;
  drift.offset_ns = static_cast<double>(origin.nanoseconds) + rest - ns_per_frame * static_cast<double>(origin.frame);
  drift.jitter_ns = median(rests);
  return drift;
}

}  // namespace talkback::recorder
