// What the detector of a dynamics effect hears: the sound itself or a key, through a high-pass and a low-pass, and of
// that the greatest magnitude over the channels, which links them.
//
// The filters are Butterworth, 12 dB an octave (matched_filter.hpp); 0 Hz, and a low-pass from 0.45 of the rate on, is
// off. They glide from one frequency to the next.
#pragma once

#include <array>
#include <span>

#include "engine/dsp/biquad.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class SideChain {
 public:
  // The most frames that are measured at once.
  static constexpr int kChunkFrames = 128;
  using Levels = std::array<float, kChunkFrames>;

  void prepare(SampleRate rate) noexcept;
  void set_filters(double high_pass_hz, double low_pass_hz) noexcept;
  void reset() noexcept { cascade_.reset(); }

  // levels: magnitudes of the key's frames, then zeros. [audio-thread]
  void measure(ConstAudioBlock key, Levels& levels) noexcept;

  // The sound that measure() has heard, where the filters are on. For listening to it. [audio-thread]
  void filter(AudioBlock block) noexcept { cascade_.process(block); }

  void archive(dsp::StateArchive& state);

 private:
  void design() noexcept;

  SampleRate rate_{};
  double high_pass_hz_ = 0.0;
  double low_pass_hz_ = 0.0;
  // Stays true once a filter was on, so that it can glide to off.
  bool has_filters_ = false;
  dsp::BiquadCascade cascade_;
};

}  // namespace talkback::effects
