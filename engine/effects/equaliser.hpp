// Equaliser of eight bands in series.
//
// Each band follows its analogue prototype (matched_filter.hpp) within 0.1 dB up to 18 kHz at a rate of 48 kHz, for
// gains up to 24 dB. Exceptions: shelves with a q of 2 (0.12 dB), band-pass and notch of extreme q (0.14 dB), and a
// high-pass above 9 kHz with a q beyond 1.4 (0.14 dB at 2, 0.5 dB at 12), as its zeros must stay at 0 Hz. Low and high
// pass are Butterworth cascades of 6 to 48 dB an octave, order n = slope / 6, sections with
// Q_k = 1 / (2 sin((2k + 1) pi / 2n)); `q` scales the sharpest section, 1/sqrt(2) being Butterworth, and does nothing
// at 6 dB. No latency.
#pragma once

#include <array>

#include "engine/dsp/biquad.hpp"
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
  static constexpr int kBandSectionsMax = 4;
  struct Band {
    std::array<dsp::Biquad, kBandSectionsMax> sections{};
    int section_count = 0;
    bool stale = true;
  };

  void design(int band) noexcept;
  void update() noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  std::array<Band, kBands> bands_{};
  bool stale_ = true;
  dsp::BiquadCascade cascade_;
  dsp::Glide<float> output_gain_{1.0F};
};

}  // namespace talkback::effects
