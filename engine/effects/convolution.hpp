// Reverb from a recorded impulse response (a room, a plate, a cabinet).
//
//   wet = high_cut(low_cut(gain * (response of pre-delay + length) convolved with in))
//   out = (1 - mix) in + mix wet
// The response has one channel (each side by itself), two (left and right by themselves) or four (true stereo: left to
// left, left to right, right to left, right to right). It is scaled so that its louder output passes white noise at
// its level, unless it is to be left as recorded. A length below 100 % keeps the beginning, its last tenth faded out by
// a half cosine. Both cuts are Butterworth filters of 12 dB an octave, off at 10 Hz and at 22 kHz. No latency
// (dsp/convolver.hpp). Length, pre-delay and as_recorded count from the next prepare() on.
#pragma once

#include <memory>

#include "engine/dsp/biquad.hpp"
#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/convolver.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class Convolution final : public Processor {
 public:
  static constexpr int kResponseChannelsMax = 4;
  // The longest halls last twelve seconds.
  static constexpr double kResponseSecondsMax = 30.0;

  // response: at the rate that prepare() will name, of one, two or four channels. Without one the wet sound is the
  // filtered input.
  explicit Convolution(std::shared_ptr<const AudioBuffer> response = nullptr);
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  bool spreads() const noexcept override;
  void archive(dsp::StateArchive& state) override;
  Frames tail() const noexcept override;

 private:
  static constexpr int kChunkFrames = 512;

  void aim() noexcept;
  void process_chunk(AudioBlock block) noexcept;

  ParameterValues values_;
  std::shared_ptr<const AudioBuffer> response_;
  SampleRate rate_{};
  int channels_ = 0;
  std::int64_t response_frames_ = 0;
  dsp::Convolver convolver_;
  dsp::BiquadCascade cuts_;
  dsp::Glide<float> gain_{1.0F};
  dsp::Glide<float> mix_{0.3F};
  AudioBuffer wet_;
};

}  // namespace talkback::effects
