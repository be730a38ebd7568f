// The stereo picture: middle and side, mono lows, rotation and balance.
//
//   mid = (l + r) / 2, side = (l - r) / 2;  mid *= mid gain;  side *= side gain * width
//   (l, r) = (mid + side, mid - side), then rotated by the angle (positive turns the middle to the right, R. Blumlein's
//   "shuffling" seen as a turn of the goniometer), then balanced by the constant-power law (dsp/pan.hpp)
// All of it is one matrix of two by two that glides. Mono lows come before: the side loses what lies below the corner
// (Linkwitz-Riley, 24 dB an octave), and the middle passes the all-pass of the same crossover, so that both stay in
// phase (dsp/crossover_filters.hpp). At its defaults the effect is transparent to the bit. No latency.
#pragma once

#include <array>

#include "engine/dsp/biquad.hpp"
#include "engine/dsp/control_grid.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class StereoField final : public Processor {
 public:
  StereoField();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  bool spreads() const noexcept override { return true; }
  void archive(dsp::StateArchive& state) override;

 private:
  static constexpr int kChunkFrames = 64;

  void aim() noexcept;
  void aim_crossover() noexcept;
  void narrow_lows(float* left, float* right, int frames) noexcept;
  void apply_matrix(float* left, float* right, int frames) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  int channels_ = 0;
  // left from left, left from right, right from left, right from right
  std::array<dsp::Glide<float>, 4> matrix_{};
  dsp::BiquadCascade mid_;
  dsp::BiquadCascade side_;
  // Until then the crossover still glides away after it was switched off.
  int leaving_frames_ = 0;
};

}  // namespace talkback::effects
