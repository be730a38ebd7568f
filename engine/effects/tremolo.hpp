// Tremolo and auto-pan: a gain that swings.
//
//   gain = 1 - depth * (1 - wave) / 2, out = gain * in; wave goes from 1 at the start of a turn to -1 in its middle:
//   sine cos(2 pi phase); triangle 1 - 4 |phase| for |phase| up to 1/2; square the triangle, steeper and cut off, so
//   that each edge takes kEdgeSeconds or as much of the turn as there is. Shape and stereo phase jump (dsp::Motion).
// The right channel runs ahead by the stereo phase: at 180 degrees the sound wanders from side to side. No latency.
#pragma once

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/oscillator.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class Tremolo final : public Processor {
 public:
  static constexpr double kEdgeSeconds = 0.004;

  Tremolo();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  bool spreads() const noexcept override;
  void archive(dsp::StateArchive& state) override;

 private:
  void aim() noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  int channels_ = 0;
  dsp::Phase phase_;
  dsp::Glide<double> step_{0.0};
  dsp::Glide<float> depth_{0.5F};
};

}  // namespace talkback::effects
