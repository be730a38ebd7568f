// The gain of a fade at one point: equal gain (linear) and equal power (quarter sine).
//
// A linear fade-in and fade-out over the same stretch sum to 1 (for sounds that are alike); the equal
// power pair sums to 1 in power (for sounds that are not).
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

namespace talkback::dsp {

enum class FadeShape { linear, equal_power };

// progress: 0 at the silent end, 1 at the full end; clamped.
inline double fade_gain(FadeShape shape, double progress) noexcept {
  progress = std::clamp(progress, 0.0, 1.0);
  return shape == FadeShape::linear ? progress : std::sin(progress * (std::numbers::pi / 2.0));
}

}  // namespace talkback::dsp
