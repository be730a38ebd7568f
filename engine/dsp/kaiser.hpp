// Kaiser's window, and the windowed sinc that interpolates between samples.
//
// After J. F. Kaiser (1974), "Nonrecursive Digital Filter Design Using the I0-Sinh Window Function". beta = 0.1102
// (a - 8.7) gives a stop band of a dB (above 50). Called when tables are made, not in sound.
#pragma once

#include <cmath>
#include <numbers>

namespace talkback::dsp {

// Zeroth modified Bessel function of the first kind, by its power series.
inline double bessel_i0(double x) noexcept {
  double sum = 1.0;
  double term = 1.0;
  for (int k = 1; k < 60; ++k) {
    term *= (x / 2.0 / k) * (x / 2.0 / k);
    sum += term;
  }
  return sum;
}

// place: -1 to 1 across the window.
inline double kaiser(double place, double beta) noexcept {
  return std::abs(place) < 1.0 ? bessel_i0(beta * std::sqrt(1.0 - place * place)) / bessel_i0(beta) : 0.0;
}

// The weight of a sample that lies `frames` away; beyond `reach` it is 0.
inline double windowed_sinc(double frames, double reach, double beta) noexcept {
  const double angle = std::numbers::pi * frames;
  return kaiser(frames / reach, beta) * (std::abs(angle) < 1e-12 ? 1.0 : std::sin(angle) / angle);
}

}  // namespace talkback::dsp
