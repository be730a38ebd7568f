// Equaliser of eight bands in series.
//
// Each band follows its analogue prototype (prototype.hpp) within 0.1 dB up to 18 kHz at a rate of 48 kHz, down to
// -60 dB, at any frequency, gain, q and slope (matched_cascade.hpp). Low and high pass are Butterworth cascades of 6 to
// 48 dB an octave, order n = slope / 6, sections with Q_k = 1 / (2 sin((2k + 1) pi / 2n)); `q` scales the sharpest
// section, 1/sqrt(2) being Butterworth, and does nothing at 6 dB. Parameters glide over 32 frames (dsp/biquad.hpp); a
// shape or slope that changes switches. No latency.
#pragma once

#include <array>

#include "engine/dsp/biquad.hpp"
#include "engine/effects/matched_cascade.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

// The numbers of EqualiserBand.Shape in the session.
enum class BandShape { off, bell, low_shelf, high_shelf, low_pass, high_pass, notch, band_pass };

class Equaliser final : public Processor {
 public:
  static constexpr int kBands = 8;
  static constexpr int kBandParameters = 5;  // shape, frequency_hz, gain_db, q, slope_db_per_octave

  Equaliser();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;

 private:
  struct Band {
    MatchedCascade filter;
    bool stale = true;
  };

  void design(int band) noexcept;
  void update() noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  std::array<Band, kBands> bands_{};
  bool stale_ = true;
  dsp::BiquadCascade cascade_;
  // One place a band, none after the last band that needs one.
  dsp::BiquadCascade corrections_;
  dsp::Glide<float> output_gain_{1.0F};
};

}  // namespace talkback::effects
