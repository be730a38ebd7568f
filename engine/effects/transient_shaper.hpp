// Transient shaper: raises or lowers the beginnings and the tails of sounds, whatever their level.
//
// By differences of envelopes, as in SPL's Transient Designer (1998); the times are heuristics. Of the greatest
// magnitude of the channels over the last 10 ms, three envelopes, as one-pole smoothers:
//   P  takes a peak at once and lets go with 30 ms          (the sound)
//   A  rises to P with 25 ms, and falls with it             (the sound without its beginnings)
//   S  takes a peak at once and lets go with 400 ms         (the sound with long tails)
//   gain in dB = attack_db * min(P/A in dB / 12, 1) + sustain_db * min(S/P in dB / 12, 1)
// smoothed with 0.3 ms, and then output_db. Ratios do not depend on the level; a steady sound keeps its level, and with
// attack and sustain at 0 the sound comes out bit for bit. No latency.
#pragma once

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/envelope.hpp"
#include "engine/dsp/sliding_window.hpp"
#include "engine/effects/processor.hpp"
#include "engine/effects/side_chain.hpp"

namespace talkback::effects {

class TransientShaper final : public Processor {
 public:
  TransientShaper();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;

 private:
  void process_chunk(AudioBlock block) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  float release_part_ = 1.0F;
  float attack_part_ = 1.0F;
  float sustain_part_ = 1.0F;
  float gain_part_ = 1.0F;
  SideChain side_chain_;
  // Of negative magnitudes.
  dsp::SlidingMinimum window_;
  float sound_ = 0.0F;
  float slow_ = 0.0F;
  float long_ = 0.0F;
  float gain_db_ = 0.0F;
  dsp::Glide<float> attack_db_{0.0F};
  dsp::Glide<float> sustain_db_{0.0F};
  dsp::Glide<float> output_{1.0F};
};

}  // namespace talkback::effects
