// Compressor: the gain of gain_computer.hpp on the sound, steered by itself or by a key.
//
// The greatest of the channels steers all of them (side_chain.hpp). The kind of detector jumps (dsp::Motion).
//   out = (1 - mix) in + mix * makeup * gain * in,  makeup = 10^((makeup_db + auto)/20)
// auto: with auto_makeup, half of what the static curve takes from a steady level of 0 dBFS. With look-ahead both the
// dry and the wet sound are delayed against the detector; its time takes effect in prepare() and is the latency.
#pragma once

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/decibel.hpp"
#include "engine/effects/gain_computer.hpp"
#include "engine/effects/look_ahead.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class Compressor final : public Processor {
 public:
  Compressor();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override { process_keyed(block, block); }
  void process_keyed(AudioBlock block, ConstAudioBlock key) noexcept override;
  bool has_side_chain() const noexcept override { return true; }
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;
  double gain_reduction_db() const noexcept override { return -dsp::db_from_gain(static_cast<double>(gain_)); }
  Frames latency() const noexcept override { return look_ahead_.latency(); }

 private:
  GainComputerSettings computer_settings() const noexcept;
  void aim() noexcept;
  void process_chunk(AudioBlock block, ConstAudioBlock key) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  SideChain side_chain_;
  GainComputer computer_;
  LookAhead look_ahead_;
  dsp::Glide<float> dry_{0.0F};
  dsp::Glide<float> wet_{1.0F};
  // Of the newest frame, for meters.
  float gain_ = 1.0F;
};

}  // namespace talkback::effects
