// Samples that are no numbers.
#pragma once

#include <cstdint>
#include <span>

namespace talkback::dsp {

// False where one of them is infinite or NaN. [audio-thread]
bool is_finite(std::span<const float> samples) noexcept;

// Makes silence of those that are not finite; how many is returned. [audio-thread]
std::int64_t silence_not_finite(std::span<float> samples) noexcept;

}  // namespace talkback::dsp
