// Frames per second, as a type of its own so that it is never mistaken for a count of frames.
#pragma once

#include <compare>

#include "engine/base/position.hpp"

namespace talkback {

inline constexpr int kSampleRateHzMin = 8'000;
inline constexpr int kSampleRateHzMax = 192'000;

// The promise of kTicksPerQuarter: at the slowest tempo and highest rate a tick is no longer than a frame.
static_assert(static_cast<double>(kTicksPerQuarter) > 60.0 / kTempoBpmMin * kSampleRateHzMax);

struct SampleRate {
  int hz = 48'000;

  friend constexpr auto operator<=>(SampleRate, SampleRate) = default;
};

constexpr bool is_supported(SampleRate rate) noexcept {
  return rate.hz >= kSampleRateHzMin && rate.hz <= kSampleRateHzMax;
}

// For the screen and for display fields only: never feed the result back into a position.
constexpr double seconds_of(Frames length, SampleRate rate) noexcept {
  return static_cast<double>(length.count) / rate.hz;
}

}  // namespace talkback
