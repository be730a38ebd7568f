// Half-band FIR filters that double and halve a sample rate, linear in phase.
//
// Of the taps of a half-band filter every other one is 0, and the rest are pairs of equal weights around the points
// half-way between samples (Kaiser-windowed sinc, kaiser.hpp). With `reach` pairs, doubling is late by `reach` frames
// of the lower rate and halving by reach - 1.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "engine/dsp/kaiser.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

using SampleQuad = float __attribute__((vector_size(16)));

inline SampleQuad load_quad(const float* from) noexcept {
  SampleQuad result;
  std::memcpy(&result, from, sizeof result);
  return result;
}

inline void store_quad(float* to, SampleQuad value) noexcept { std::memcpy(to, &value, sizeof value); }

// Weights of the pairs at distance k + 1/2; the sum over all is 1.
template <std::size_t reach>
std::array<float, reach> half_band_weights(double beta) noexcept {
  std::array<double, reach> exact{};
  double sum = 0.0;
  for (std::size_t k = 0; k < reach; ++k) {
    exact[k] = windowed_sinc(static_cast<double>(k) + 0.5, static_cast<double>(reach), beta);
    sum += 2.0 * exact[k];
  }
  std::array<float, reach> result{};
  for (std::size_t k = 0; k < reach; ++k) result[k] = static_cast<float>(exact[k] / sum);
  return result;
}

// out[j], for `count` of them (a multiple of 4): half-way between x[j] and x[j + 1]. Vectors by hand: compilers keep
// arrays of sums in memory.
template <std::size_t count>
inline void interpolate_middles(std::span<const float> weights, const float* x, float* out) noexcept {
  std::array<SampleQuad, count / 4> sum{};
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const float weight = weights[k];
    const float* before = x - k;
    const float* after = x + k + 1;
#pragma GCC unroll 4
    for (std::size_t j = 0; j < count / 4; ++j)
      sum[j] += weight * (load_quad(before + 4 * j) + load_quad(after + 4 * j));
  }
  for (std::size_t j = 0; j < count / 4; ++j) store_quad(out + 4 * j, sum[j]);
}

// Both directions for one channel, in blocks of at most frames_max frames of the lower rate.
template <std::size_t up_reach, std::size_t down_reach, std::size_t frames_max>
class HalfBand {
 public:
  // Makes the weights, so that the first sound does not.
  HalfBand() noexcept { static_cast<void>(weights()); }

  // Late by this many frames of the higher rate, up and down together.
  static constexpr int kLatency = 2 * static_cast<int>(up_reach + down_reach - 1);

  // high: twice as many as low. [audio-thread]
  void double_rate(std::span<const float> low, float* high) noexcept {
    std::ranges::copy(low, up_.begin() + kUpPast);
    std::array<float, kPadded> middles;
    for (std::size_t n = 0; n < low.size(); n += kGroup)
      interpolate_middles<kGroup>(weights().up, up_.data() + up_reach - 1 + n, middles.data() + n);
    for (std::size_t n = 0; n < low.size(); ++n) {
      high[2 * n] = up_[up_reach - 1 + n];
      high[2 * n + 1] = middles[n];
    }
    std::copy_n(up_.begin() + static_cast<std::ptrdiff_t>(low.size()), kUpPast, up_.begin());
  }

  // low: half as many as high. [audio-thread]
  void halve_rate(const float* high, std::span<float> low) noexcept {
    for (std::size_t n = 0; n < low.size(); ++n) {
      even_[kEvenPast + n] = high[2 * n];
      odd_[kOddPast + n] = high[2 * n + 1];
    }
    std::array<float, kPadded> middles;
    for (std::size_t n = 0; n < low.size(); n += kGroup)
      interpolate_middles<kGroup>(weights().down, odd_.data() + down_reach - 1 + n, middles.data() + n);
    for (std::size_t n = 0; n < low.size(); ++n) low[n] = 0.5F * (even_[n] + middles[n]);
    const auto used = static_cast<std::ptrdiff_t>(low.size());
    std::copy_n(even_.begin() + used, kEvenPast, even_.begin());
    std::copy_n(odd_.begin() + used, kOddPast, odd_.begin());
  }

  void reset() noexcept { *this = {}; }

  void archive(StateArchive& state) {
    state.raw(up_.data(), kUpPast * sizeof(float));
    state.raw(even_.data(), kEvenPast * sizeof(float));
    state.raw(odd_.data(), kOddPast * sizeof(float));
  }

 private:
  static constexpr std::size_t kGroup = 16;
  static constexpr std::size_t kPadded = (frames_max + kGroup - 1) / kGroup * kGroup;
  static constexpr std::size_t kUpPast = 2 * up_reach - 1;
  static constexpr std::size_t kOddPast = 2 * down_reach - 1;
  static constexpr std::size_t kEvenPast = down_reach - 1;

  struct Weights {
    // 92 dB of stop band.
    std::array<float, up_reach> up = half_band_weights<up_reach>(9.2);
    std::array<float, down_reach> down = half_band_weights<down_reach>(9.2);
  };
  static const Weights& weights() noexcept {
    static const Weights result;
    return result;
  }

  // The past, then a block, then room for the last group.
  std::array<float, kUpPast + kPadded> up_{};
  std::array<float, kEvenPast + kPadded> even_{};
  std::array<float, kOddPast + kPadded> odd_{};
};

}  // namespace talkback::dsp
