// Phaser: a chain of first-order all-passes whose corner swings, with feedback around it.
//
//   corner = centre * 2^(octaves / 2 * wave(phase));  wet = chain(in + feedback * wet);  out = (1 - mix) in + mix wet
// Mixed in equal parts without feedback, n stages cut at tan(pi f / rate) = tan(pi corner / rate) *
// tan((2k + 1) pi / 2n). The all-passes are trapezoidal integrators, and the feedback has no delay: it is solved
// for, as the chain is linear (V. Zavalishin 2012, "The Art of VA Filter Design", 3.10 and 5). The corner is computed
// every 32 frames from reset() on and glides between. Shape, stages and stereo phase jump (dsp::Motion). No latency.
#pragma once

#include <array>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/oscillator.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class Phaser final : public Processor {
 public:
  static constexpr int kStagesMax = 12;

  Phaser();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  bool spreads() const noexcept override;
  void archive(dsp::StateArchive& state) override;

 private:
  // Left and right, and two lanes that nobody hears.
  using Lanes = float __attribute__((vector_size(16)));

  void aim() noexcept;
  void aim_corner() noexcept;
  Lanes next(Lanes input, float feedback) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  int channels_ = 0;
  int stage_count_ = 4;
  dsp::Phase phase_;
  dsp::Glide<double> step_{0.0};
  // g / (1 + g) with g = tan(pi corner / rate), a channel.
  std::array<dsp::Glide<float>, 2> gains_{};
  std::array<Lanes, kStagesMax> stages_{};
  dsp::Glide<float> feedback_{0.0F};
  dsp::Glide<float> mix_{0.5F};
  int to_next_corner_ = 0;
};

}  // namespace talkback::effects
