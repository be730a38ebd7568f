// Decibels and linear gains, and the level that the session writes for silence.
//
// gain = 10^(db / 20). A level at or below kSilenceDb is silence: its gain is exactly 0.
#pragma once

#include <cmath>
#include <limits>

namespace talkback::dsp {

// The bottom of every fader (session.proto: "-144 is silence").
inline constexpr double kSilenceDb = -144.0;

inline double gain_from_db(double db) noexcept { return db <= kSilenceDb ? 0.0 : std::pow(10.0, db / 20.0); }

// Minus infinity for 0.
inline double db_from_gain(double gain) noexcept {
  return gain > 0.0 ? 20.0 * std::log10(gain) : -std::numeric_limits<double>::infinity();
}

}  // namespace talkback::dsp
