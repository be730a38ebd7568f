// Downward expander: what is below the threshold comes out quieter still.
//
// Level x in dB: the greatest magnitude of the key's channels (side_chain.hpp) in the last 10 ms, which holds it
// through the zeros of a tone. Static curve, the compressor's (gain_computer.hpp) turned over, with threshold T, ratio
// R, knee width W and d = T - x:
//   reduction = 0                            where 2 d < -W
//             = (R - 1) (d + W/2)^2 / (2 W)  inside the knee
//             = (R - 1) d                    below it, and never more than range_db
// The reduction is smoothed in dB by one-pole smoothers, attack_ms where it falls (the sound comes up) and release_ms
// where it rises, as times to 63 %. The time of the look-ahead takes effect in prepare() and is the latency.
#pragma once

#include "engine/dsp/sliding_window.hpp"
#include "engine/effects/look_ahead.hpp"
#include "engine/effects/processor.hpp"
#include "engine/effects/side_chain.hpp"

namespace talkback::effects {

struct ExpanderCurve {
  double threshold_db = -40.0;
  double ratio = 2.0;
  double knee_db = 6.0;
  double range_db = 40.0;
};
double expander_reduction_db(const ExpanderCurve& curve, double level_db) noexcept;

class Expander final : public Processor {
 public:
  Expander();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override { process_keyed(block, block); }
  void process_keyed(AudioBlock block, ConstAudioBlock key) noexcept override;
  bool has_side_chain() const noexcept override { return true; }
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;
  double gain_reduction_db() const noexcept override { return reduction_db_; }
  Frames latency() const noexcept override { return look_ahead_.latency(); }

 private:
  void aim() noexcept;
  void process_chunk(AudioBlock block, ConstAudioBlock key) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  double attack_part_ = 1.0;
  double release_part_ = 1.0;
  SideChain side_chain_;
  LookAhead look_ahead_;
  // Of negative magnitudes.
  dsp::SlidingMinimum window_;
  // Double: a slow smoother in float would stop short.
  double reduction_db_ = 0.0;
};

}  // namespace talkback::effects
