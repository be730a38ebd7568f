// Feed-forward compressor, after Giannoulis, Massberg and Reiss (2012), "Digital Dynamic Range Compressor
// Design - A Tutorial and Analysis", J. Audio Eng. Soc. 60(6).
//
// Level x in dB: the greatest of the channels (they are linked), its magnitude (peak) or the root of its
// mean square over 10 ms (RMS). Static curve (equation 4), with threshold T, ratio R, knee width W:
//   reduction = 0                                   where 2 (x - T) < -W
//             = (1 - 1/R) (x - T + W/2)^2 / (2 W)   inside the knee
//             = (1 - 1/R) (x - T)                   above it
// The reduction is smoothed in dB by the smooth decoupled detector (equation 17; dsp/envelope.hpp), with
// attack and release as times to 63 %. out = (1 - mix) in + mix * makeup * 10^(-reduction/20) * in. No latency.
#pragma once

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/envelope.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

// How much a steady level is reduced, in dB, for the settings in dB and :1.
struct CompressorCurve {
  double threshold_db = -18.0;
  double ratio = 4.0;
  double knee_db = 6.0;
};
double gain_reduction_db(const CompressorCurve& curve, double level_db) noexcept;

class Compressor final : public Processor {
 public:
  Compressor();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;

 private:
  void process_chunk(AudioBlock block) noexcept;
  void measure(ConstAudioBlock block, std::span<float> levels_db) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  float mean_square_ = 0.0F;
  dsp::EnvelopeFollower envelope_;
  dsp::Glide<float> dry_{0.0F};
  dsp::Glide<float> wet_{1.0F};
};

}  // namespace talkback::effects
