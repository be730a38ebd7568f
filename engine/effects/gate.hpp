// Noise gate with hysteresis and hold, steered by the sound itself or by a key.
//
// Level: the greatest magnitude of the key's channels (side_chain.hpp). The gate opens where it reaches threshold_db.
// It closes where it has stayed below threshold_db - hysteresis_db for longer than hold_ms. The gain moves to 1 while
// open and to 10^(-range_db/20) while closed, by one-pole smoothers whose times to 63 % are attack_ms and release_ms;
// a range of 144 dB is silence. Open, the sound comes out bit for bit. The time of the look-ahead takes effect in
// prepare() and is the latency.
#pragma once

#include "engine/dsp/decibel.hpp"
#include "engine/effects/look_ahead.hpp"
#include "engine/effects/processor.hpp"
#include "engine/effects/side_chain.hpp"

namespace talkback::effects {

class Gate final : public Processor {
 public:
  Gate();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override { process_keyed(block, block); }
  void process_keyed(AudioBlock block, ConstAudioBlock key) noexcept override;
  bool has_side_chain() const noexcept override { return true; }
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;
  double gain_reduction_db() const noexcept override { return -dsp::db_from_gain(gain_); }
  Frames latency() const noexcept override { return look_ahead_.latency(); }

 private:
  // What the parameters come to.
  struct Law {
    float opens_at = 0.0F;
    float closes_below = 0.0F;
    double closed_gain = 0.0;
    double attack_part = 1.0;
    double release_part = 1.0;
    std::int64_t hold_frames = 0;
  };
  void aim() noexcept;
  void process_chunk(AudioBlock block, ConstAudioBlock key) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  Law law_;
  SideChain side_chain_;
  LookAhead look_ahead_;
  bool is_open_ = false;
  std::int64_t frames_below_ = 0;
  // Double: a slow smoother in float would stop short.
  double gain_ = 0.0;
};

}  // namespace talkback::effects
