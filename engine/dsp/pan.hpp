// Where a sound stands between left and right.
//
// Of a mono sound, with angle = (pan + 1) * pi / 4 and part = (pan + 1) / 2, left and right get
//   minus_3_db   cos(angle), sin(angle): constant power, -3.01 dB a side at the centre, 0 dB at the ends
//   minus_6_db   1 - part, part: constant sum, -6.02 dB at the centre
//   minus_4_5_db the geometric mean of these two: -4.52 dB at the centre
//   zero_db      min(1, 2 (1 - part)), min(1, 2 part): full level at the centre
// A stereo sound is balanced by the same law divided by its gain at the centre, so that there it is untouched. A mono
// sound that was spread over two channels at -3.01 dB each and is then balanced equals the panned mono sound under
// minus_3_db.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

namespace talkback::dsp {

struct PanGains {
  double left = 1.0;
  double right = 1.0;
};

enum class PanLaw { minus_3_db, minus_4_5_db, minus_6_db, zero_db };

// How much of a mono sound each of two channels gets when it is spread: 1 / sqrt(2).
inline constexpr double kMonoSpreadGain = 1.0 / std::numbers::sqrt2;

// pan: -1 left, 0 centre, 1 right; values outside are clamped.
inline PanGains mono_pan(double pan, PanLaw law = PanLaw::minus_3_db) noexcept {
  pan = std::clamp(pan, -1.0, 1.0);
  // The ends are exact, so that the far side is silent and not -300 dB.
  if (pan == -1.0) return {1.0, 0.0};
  if (pan == 1.0) return {0.0, 1.0};
  const double right = (pan + 1.0) / 2.0;
  const double left = 1.0 - right;
  if (law == PanLaw::minus_6_db) return {left, right};
  if (law == PanLaw::zero_db) return {std::min(1.0, 2.0 * left), std::min(1.0, 2.0 * right)};
  const double angle = (pan + 1.0) * (std::numbers::pi / 4.0);
  PanGains power{std::cos(angle), std::sin(angle)};
  if (pan == 0.0) power = {kMonoSpreadGain, kMonoSpreadGain};
  if (law == PanLaw::minus_3_db) return power;
  return {std::sqrt(power.left * left), std::sqrt(power.right * right)};
}

inline PanGains stereo_balance(double pan, PanLaw law = PanLaw::minus_3_db) noexcept {
  if (pan == 0.0) return {1.0, 1.0};
  const PanGains mono = mono_pan(pan, law);
  if (law == PanLaw::minus_3_db) return {mono.left * std::numbers::sqrt2, mono.right * std::numbers::sqrt2};
  const double centre = mono_pan(0.0, law).left;
  return {mono.left / centre, mono.right / centre};
}

}  // namespace talkback::dsp
