// Chorus and flanger: short delay lines whose times swing (J. Dattorro 1997, "Effect Design, Part 2: Delay-Line
// Modulation and Chorus", J. Audio Eng. Soc. 45(10)).
//
//   time of voice v = delay + depth * (1 + wave(phase + v / voices + stereo phase on the right)) / 2
//   line <- in + feedback * mean of the voices;  wet = sum of the voices / sqrt(voices);  out = (1 - mix) in + mix wet
// A flanger is a chorus of one voice with shorter times. Lines are read between samples (dsp/fractional_delay.hpp), at
// least 4 frames back. Delay and depth follow their parameters smoothed by 30 ms, so that moving them bends the pitch
// and does not click; shape, voices and stereo phase jump. Phases are those of dsp/oscillator.hpp. No latency.
#pragma once

#include <array>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/fractional_delay.hpp"
#include "engine/dsp/oscillator.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class ModulatedDelay final : public Processor {
 public:
  enum class Kind { chorus, flanger };

  explicit ModulatedDelay(Kind kind);
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  bool spreads() const noexcept override;
  void archive(dsp::StateArchive& state) override;
  Frames tail() const noexcept override;

 private:
  static constexpr int kVoicesMax = 6;
  static constexpr int kChunkFrames = 64;
  // [channel times voices + voice][frame]: how many frames back each is read.
  using Times = std::array<std::array<double, kChunkFrames>, std::size_t{2} * kVoicesMax>;

  void aim() noexcept;
  int voices() const noexcept;
  template <bool triangle>
  void process_shape(AudioBlock block) noexcept;
  void read_lines(AudioBlock block, const Times& times) noexcept;

  Kind kind_;
  ParameterValues values_;
  SampleRate rate_{};
  int channels_ = 0;
  std::array<dsp::FractionalDelay, 2> lines_;
  dsp::Phase phase_;
  dsp::Glide<double> step_{0.0};
  // In frames, on their way to the parameters.
  double delay_ = 0.0;
  double depth_ = 0.0;
  double smoothing_pole_ = 0.0;
  dsp::Glide<float> feedback_{0.0F};
  dsp::Glide<float> mix_{0.5F};
};

}  // namespace talkback::effects
