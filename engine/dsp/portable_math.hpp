// Powers of two and circular functions in double precision that give every machine the same bits: the system's own
// differ in the last ones between processors.
//
// Taylor series after reduction to half an octave and to a quarter of a turn; errors below 1e-15 of the value (of 1 for
// the circular functions).
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace talkback::dsp::portable {

namespace detail {

// 1 + x (1 + x/2 (1 + x/3 (...))), nested from the last term on.
constexpr double exponential_series(double x) noexcept {
  double sum = 1.0;
  for (int k = 15; k > 0; --k) sum = 1.0 + sum * x / k;
  return sum;
}

constexpr double sine_series(double x) noexcept {
  double sum = 1.0;
  for (int k = 22; k > 0; k -= 2) sum = 1.0 - sum * x * x / (k * (k + 1.0));
  return x * sum;
}

}  // namespace detail

// power: clamped to what a normal number holds.
inline double exp2(double power) noexcept {
  constexpr double kLn2 = 0.6931471805599453;
  power = std::clamp(power, -1'000.0, 1'000.0);
  const double whole = std::floor(power + 0.5);
  const auto exponent = static_cast<std::int64_t>(whole) + 1'023;
  return detail::exponential_series((power - whole) * kLn2) *
         std::bit_cast<double>(static_cast<std::uint64_t>(exponent) << 52);
}

inline double sine_of_turns(double turns) noexcept {
  constexpr double kTau = 6.283185307179586;
  double part = turns - std::floor(turns + 0.5);
  if (std::abs(part) > 0.25) part = std::copysign(0.5 - std::abs(part), part);
  return detail::sine_series(part * kTau);
}
inline double cosine_of_turns(double turns) noexcept { return sine_of_turns(turns - std::floor(turns) + 0.25); }
inline double tangent_of_turns(double turns) noexcept { return sine_of_turns(turns) / cosine_of_turns(turns); }

inline double gain_from_db(double db) noexcept {
  constexpr double kOctavesPerDb = 0.16609640474436813;  // log2(10) / 20
  return db <= -144.0 ? 0.0 : exp2(db * kOctavesPerDb);
}

// The factor a frame that makes -60 dB of 1 in so many frames.
inline double pole_of(double frames) noexcept {
  constexpr double kOctaves = 9.965784284662087;  // log2(1000)
  return exp2(-kOctaves / std::max(frames, 1.0));
}

}  // namespace talkback::dsp::portable
