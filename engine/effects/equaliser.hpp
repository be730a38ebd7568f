// Equaliser of eight bands in series.
//
// Each band follows its analogue prototype (prototype.hpp) within 0.1 dB up to 18 kHz at a rate of 48 kHz, down to
// -60 dB, at any frequency, gain, q and slope (matched_cascade.hpp). Low and high pass are Butterworth cascades of 6 to
// 48 dB an octave, order n = slope / 6, sections with Q_k = 1 / (2 sin((2k + 1) pi / 2n)); `q` scales the sharpest
// section, 1/sqrt(2) being Butterworth, and does nothing at 6 dB. Parameters glide over 32 frames (dsp/biquad.hpp).
//
// A shape or slope that changes is crossed over to, within kFadeSeconds from the very frame on: the filters of before
// go on beside the new ones, of which those of the bands that changed begin from silence, and
//   out = before + w (now - before),  w = x^2 (3 - 2 x),  x = 1/N to 1 in the N frames of the fade,
// so neighbouring samples lie no further apart than those of before or of now, and 1.5/N of their greatest distance.
// What changes meanwhile waits for the end of the fade. Behind it nothing is left of the filters of before. No latency.
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
  // Long enough that a switch is no click, and short enough that it is one moment of the song.
  static constexpr double kFadeSeconds = 0.010;

  Equaliser();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;

 private:
  // What cannot glide: the shape, and for low and high pass the order, 1 to 8 (else 0).
  struct Kind {
    BandShape shape = BandShape::off;
    int order = 0;

    friend bool operator==(const Kind&, const Kind&) = default;
    void archive(dsp::StateArchive& state);
  };
  struct Band {
    Kind kind;  // of the filter that sounds
    MatchedCascade filter;
    bool stale = true;
  };
  // All bands in series.
  struct Chain {
    dsp::BiquadCascade cascade;
    // One place a band, none after the last band that needs one.
    dsp::BiquadCascade corrections;

    void process(AudioBlock block) noexcept;
    void reset() noexcept;
    void archive(dsp::StateArchive& state);
  };
  static constexpr int kChunkFrames = 256;

  static std::size_t sections_of(Kind kind) noexcept;
  Kind wanted_kind(int band) const noexcept;
  bool has_to_switch() const noexcept;
  void begin_switch() noexcept;
  void design(int band) noexcept;
  void update() noexcept;
  void cross_over(AudioBlock block) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  std::array<Band, kBands> bands_{};
  bool stale_ = true;
  Chain chain_;
  dsp::Glide<float> output_gain_{1.0F};
  int fade_frames_ = 1;
  int fade_left_ = 0;
  Chain before_;  // while fade_left_ > 0
};

}  // namespace talkback::effects
