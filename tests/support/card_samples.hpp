// Samples as a sound card delivers them: 24-bit integers, which a take keeps as they are.
#pragma once

#include <cmath>
#include <span>

namespace talkback::test {

// The nearest; full scale is ±1.0.
inline float as_24_bits(double sample) { return static_cast<float>(std::lround(sample * 8'388'608.0)) / 8'388'608.0F; }

inline void round_to_24_bits(std::span<float> samples) {
  for (float& sample : samples) sample = as_24_bits(static_cast<double>(sample));
}

}  // namespace talkback::test
