// Where a sound stands between left and right: the constant-power law.
//
// With angle = (pan + 1) * pi / 4, a mono sound goes left with cos(angle) and right with sin(angle):
// the power is the same everywhere, -3.01 dB a side at the centre, 0 dB at the ends. A stereo sound is
// balanced by the same law times sqrt(2): unity at the centre, +3.01 dB and silence at the ends. So a
// mono sound spread over two channels at -3.01 dB each and then balanced equals the panned mono sound.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

namespace talkback::dsp {

struct PanGains {
  double left = 1.0;
  double right = 1.0;
};

// How much of a mono sound each of two channels gets when it is spread: 1 / sqrt(2).
inline constexpr double kMonoSpreadGain = 1.0 / std::numbers::sqrt2;

// pan: -1 left, 0 centre, 1 right; values outside are clamped.
inline PanGains mono_pan(double pan) noexcept {
  pan = std::clamp(pan, -1.0, 1.0);
  // The ends are exact, so that the far side is silent and not -300 dB.
  if (pan == -1.0) return {1.0, 0.0};
  if (pan == 1.0) return {0.0, 1.0};
  if (pan == 0.0) return {kMonoSpreadGain, kMonoSpreadGain};
  const double angle = (pan + 1.0) * (std::numbers::pi / 4.0);
  return {std::cos(angle), std::sin(angle)};
}

inline PanGains stereo_balance(double pan) noexcept {
  if (pan == 0.0) return {1.0, 1.0};
  const PanGains mono = mono_pan(pan);
  return {mono.left * std::numbers::sqrt2, mono.right * std::numbers::sqrt2};
}

}  // namespace talkback::dsp
