// How fast a device's clock runs against the computer's, from pairs of its frames and the computer's time.
//
// The times are taken when a callback happens to run, late by anything from nothing to some milliseconds, now and then
// much more. So the slope is the median of the slopes between pairs (Theil 1950, Sen 1968), which up to 29 % of bad
// pairs leave alone, and the offset the median of what remains.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/sample_rate.hpp"

namespace talkback::recorder {

struct ClockPair {
  std::int64_t frame = 0;
  std::int64_t nanoseconds = 0;  // of a monotonic clock
};

struct ClockDrift {
  double ppm = 0.0;        // positive: the device runs fast, and delivers more frames than its rate says
  double offset_ns = 0.0;  // when its frame 0 was, on the computer's clock
  double jitter_ns = 0.0;  // median distance of the pairs from the line
};

// nullopt for fewer than kClockPairsMin, or less than kClockSecondsMin between the first and the last.
inline constexpr std::size_t kClockPairsMin = 8;
inline constexpr double kClockSecondsMin = 5.0;
std::optional<ClockDrift> estimate_drift(std::span<const ClockPair> pairs, SampleRate rate);

}  // namespace talkback::recorder
