// Logarithm and power of two in single precision, as branch-free polynomials that compilers turn
// into vector code: level detectors need both for every sample.
//
// Only additions, multiplications and bit operations occur, so every machine gives the same bits.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace talkback::dsp {

// Of a positive, normal number. Error below 3e-6 (2e-5 dB as a level).
// log2(m) = 2/ln(2) * atanh((m - 1) / (m + 1)), by its series to the 9th power, with m in [1/sqrt(2), sqrt(2)).
inline float log2_of(float value) noexcept {
  constexpr std::int32_t kHalfRootBits = 0x3f3504f3;
  const std::int32_t shifted = std::bit_cast<std::int32_t>(value) - kHalfRootBits;
  const std::int32_t exponent = shifted >> 23;
  const float mantissa = std::bit_cast<float>((shifted & 0x007fffff) + kHalfRootBits);
  const float ratio = (mantissa - 1.0F) / (mantissa + 1.0F);
  const float square = ratio * ratio;
  const float series =
      2.88539008F + square * (0.961796694F + square * (0.577078016F + square * (0.412198583F + square * 0.320598898F)));
  return static_cast<float>(exponent) + ratio * series;
}

// 2 to a power between -126 and 126 (clamped). Relative error below 1e-6.
// The Taylor series of 2^f to the 7th power, with f in [-1/2, 1/2].
inline float exp2_of(float power) noexcept {
  power = std::min(std::max(power, -126.0F), 126.0F);
  // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
  constexpr float kRounder = 12582912.0F;
  const float rounded = power + kRounder;
  const std::int32_t whole = std::bit_cast<std::int32_t>(rounded) - 0x4b400000;
  const float part = power - (rounded - kRounder);
  const float series =
      1.0F +
      part * (0.693147181F +
              part * (0.240226507F +
                      part * (0.0555041087F +
                              part * (0.00961812911F +
                                      part * (0.00133335581F + part * (0.000154035304F + part * 1.52527338e-5F))))));
  return series * std::bit_cast<float>((whole + 127) << 23);
}

// 20 * log10(2): decibels in a factor of two.
inline constexpr float kDbPerOctave = 6.02059991F;

}  // namespace talkback::dsp
