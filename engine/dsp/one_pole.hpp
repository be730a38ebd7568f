// One-pole smoothing y += (x - y) * (1 - p), with p = exp(-1 / (seconds * rate)): after `seconds`, 63 %
// of a step is reached. As a filter, its cut is at 1 / (2 pi seconds).
#pragma once

#include <array>
#include <cmath>
#include <numbers>

#include "engine/base/sample_rate.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

// p above. 0 for a time of 0: the output follows at once.
inline double pole_of_time(double seconds, SampleRate rate) noexcept {
  return seconds > 0.0 ? std::exp(-1.0 / (seconds * rate.hz)) : 0.0;
}

inline double pole_of_frequency(double hz, SampleRate rate) noexcept {
  return std::exp(-2.0 * std::numbers::pi * hz / rate.hz);
}

// Low-pass of one channel; the high-pass is what it takes away. In double precision, so that it forgets.
struct OnePole {
  std::array<double, 1> state{};

  float low(float input, float pole) noexcept {
    const auto x = static_cast<double>(input);
    state[0] = x + (state[0] - x) * static_cast<double>(pole);
    return static_cast<float>(state[0]);
  }
  float high(float input, float pole) noexcept { return input - low(input, pole); }
  void archive(StateArchive& archive) { archive.settled(state); }
};

}  // namespace talkback::dsp
