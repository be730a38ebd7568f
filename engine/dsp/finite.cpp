#include "engine/dsp/finite.hpp"

#include <bit>

#include "engine/dsp/vectorise.hpp"

namespace talkback::dsp {

namespace {

// All bits of the exponent are set.
constexpr std::uint32_t kExponent = 0x7f800000;

}  // namespace

// By bits, which the vectoriser can reorder and no compiler can assume away.
TALKBACK_VECTORISE bool is_finite(std::span<const float> samples) noexcept {
  std::uint32_t found = 0;
  for (const float sample : samples) found |= (std::bit_cast<std::uint32_t>(sample) & kExponent) == kExponent ? 1U : 0U;
  return found == 0;
}

std::int64_t silence_not_finite(std::span<float> samples) noexcept {
  if (is_finite(samples)) return 0;
  std::int64_t count = 0;
  for (float& sample : samples) {
    if ((std::bit_cast<std::uint32_t>(sample) & kExponent) != kExponent) continue;
    sample = 0.0F;
    ++count;
  }
  return count;
}

}  // namespace talkback::dsp
