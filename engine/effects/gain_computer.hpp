// The gain of a feed-forward compressor, after Giannoulis, Massberg and Reiss (2012), "Digital Dynamic Range
// Compressor Design - A Tutorial and Analysis", J. Audio Eng. Soc. 60(6).
//
// Level x in dB: a magnitude (peak) or the root of its mean square over 10 ms (RMS). Static curve (equation 4), with
// threshold T, ratio R, knee width W:
//   reduction = 0                                   where 2 (x - T) < -W
//             = (1 - 1/R) (x - T + W/2)^2 / (2 W)   inside the knee
//             = (1 - 1/R) (x - T)                   above it
// The reduction is smoothed in dB (dsp/envelope.hpp), with attack and release as times to 63 %; gain =
// 10^(-reduction/20).
#pragma once

#include "engine/dsp/envelope_scan.hpp"
#include "engine/effects/side_chain.hpp"

namespace talkback::effects {

// How much a steady level is reduced, in dB, for the settings in dB and :1.
struct CompressorCurve {
  double threshold_db = -18.0;
  double ratio = 4.0;
  double knee_db = 6.0;
};
double gain_reduction_db(const CompressorCurve& curve, double level_db) noexcept;

struct GainComputerSettings {
  CompressorCurve curve;
  double attack_ms = 10.0;
  double release_ms = 120.0;
  bool is_rms = false;
};

class GainComputer {
 public:
  void set(const GainComputerSettings& settings, SampleRate rate) noexcept;
  void reset() noexcept;

  // In place: the first `frames` magnitudes become gains, whatever lies behind them is undefined. False where all
  // gains are 1: the levels are then as they were. [audio-thread]
  bool process(SideChain::Levels& levels, std::size_t frames) noexcept;

  // Without the settings, which the owner sets again.
  void archive(dsp::StateArchive& state) { state(mean_square_, envelope_); }

 private:
  float threshold_db_ = 0.0F;
  float slope_ = 0.0F;
  float knee_db_ = 0.0F;
  float knee_factor_ = 0.0F;
  float rms_pole_ = 0.0F;
  bool is_rms_ = false;
  // No magnitude below this (its square, for RMS) is reduced.
  float quiet_ = 0.0F;

  float mean_square_ = 0.0F;
  dsp::EnvelopeScan envelope_;
};

}  // namespace talkback::effects
