// Rounding to integers with triangular dither, after Lipshitz, Wannamaker and Vanderkooy (1992),
// "Quantization and Dither: A Theoretical Survey": two uniform values of one step each make the
// error's mean and power independent of the signal.
//
// The noise is a function of seed, channel and absolute frame only: every block size, thread and run
// gives the same bytes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "engine/base/position.hpp"

namespace talkback::dsp {

// Finaliser of SplitMix64 (Steele, Lea and Flood 2014): a good hash of a counter.
[[gnu::always_inline]] constexpr std::uint64_t mix_bits(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

class TpdfDither {
 public:
  explicit constexpr TpdfDither(std::uint64_t seed = 0) noexcept : seed_(mix_bits(seed)) {}

  // In quantisation steps, between -1 and 1 with a triangular density. [audio-thread]
  [[gnu::always_inline]] inline double noise(int channel, FramePosition frame) const noexcept {
    const std::uint64_t bits =
        mix_bits(seed_ ^ mix_bits(static_cast<std::uint64_t>(frame.count) * 64U + static_cast<std::uint64_t>(channel)));
    const auto first = static_cast<std::int64_t>(bits >> 32);
    const auto second = static_cast<std::int64_t>(bits & 0xffffffffU);
    return static_cast<double>(first - second) * 0x1p-32;
  }

  // The dithered integer of `bits` bits for a full scale of +-1.0; clips at the ends. [audio-thread]
  [[gnu::always_inline]] inline std::int32_t quantise(float sample, int bits, int channel,
                                                      FramePosition frame) const noexcept {
    const auto scale = static_cast<double>(std::int64_t{1} << (bits - 1));
    const double value = std::floor(static_cast<double>(sample) * scale + noise(channel, frame) + 0.5);
    return static_cast<std::int32_t>(std::clamp(value, -scale, scale - 1.0));
  }
  // The same for consecutive frames, from `first` on. [audio-thread]
  void quantise(std::span<const float> samples, int bits, int channel, FramePosition first,
                std::int32_t* out) const noexcept;

 private:
  std::uint64_t seed_;
};

}  // namespace talkback::dsp
