// One-pole smoothing y += (x - y) * (1 - p), with p = exp(-1 / (seconds * rate)): after `seconds`, 63 %
// of a step is reached. As a filter, its cut is at 1 / (2 pi seconds).
#pragma once

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

// Low-pass of one channel; the high-pass is what it takes away.
struct OnePole {
  float state = 0.0F;

  float low(float input, float pole) noexcept {
    state = input + (state - input) * pole;
    return state;
  }
  float high(float input, float pole) noexcept { return input - low(input, pole); }
  void archive(StateArchive& archive) { archive(state); }
};

}  // namespace talkback::dsp
