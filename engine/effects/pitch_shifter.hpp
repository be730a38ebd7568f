// Pitch without time: every partial is moved in the spectrum, after J. Laroche and M. Dolson (1999), "New Phase-Vocoder
// Techniques for Pitch-Shifting, Harmonizing and Other Exotic Effects", IEEE WASPAA.
//
// Frames of N (about 85 ms) under Hann windows, four to a window, padded to 2 N. Peaks of the power of both channels
// own the bins up to the valleys between them. With ratio = 2^(shift_st / 12 + fine_cents / 1200), a peak at frequency
// f moves with its bins by (ratio - 1) f, to the nearest bin; its phase turns by (ratio - 1) f a second since it was
// born, so that the frequency is exact (f by the phase since the frame before). All bins of a peak turn alike (phase
// locking), and both channels do, which keeps the picture. A peak that has grown ninefold in power is born again.
// Padding keeps a steady tone within 0.25 dB. Formants: bins are weighted by the envelope of where they go over that of
// where they come from (the peaks, joined and smoothed by a cepstrum up to 2 ms). Latency: N, the mix's dry sound
// included.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/delay_line.hpp"
#include "engine/dsp/fft.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class PitchShifter final : public Processor {
 public:
  PitchShifter();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;
  Frames latency() const noexcept override { return {frames_}; }
  Frames tail() const noexcept override { return {frames_}; }

 private:
  static constexpr int kOverlap = 4;
  static constexpr int kPadding = 2;

  struct Spectrum {
    std::vector<float> re;
    std::vector<float> im;
  };
  struct Peak {
    int bin = 0;
    int begin = 0;  // of its bins
    int end = 0;
  };

  void transform_frame() noexcept;
  void analyse() noexcept;
  void find_peaks() noexcept;
  void find_envelope() noexcept;
  void smooth_envelope() noexcept;
  void move_peaks() noexcept;
  void move(const Peak& peak, double ratio, bool keeps_formants) noexcept;
  double frequency_of(int bin) const noexcept;
  void synthesise() noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  int channels_ = 0;
  int frames_ = 0;  // N
  int hop_ = 0;
  int bins_ = 0;  // from 0 Hz to half the rate
  std::optional<dsp::Fft> fft_;
  std::vector<float> window_;
  std::int64_t count_ = 0;
  std::array<dsp::DelayLine, 2> lines_;
  // What is to come out, a ring of N.
  std::array<std::vector<float>, 2> due_;
  std::array<Spectrum, 2> now_;
  std::array<Spectrum, 2> before_;
  std::array<Spectrum, 2> moved_;
  // By how far a bin's peak was turned, in turns, in this frame and the one before.
  std::vector<double> turned_;
  std::vector<double> turned_before_;
  std::vector<float> power_;
  std::vector<float> power_before_;
  std::vector<float> envelope_;
  std::vector<float> line_;
  std::vector<float> weights_;
  std::vector<Peak> peaks_;
  std::size_t peak_count_ = 0;
  Spectrum frame_;
  Spectrum scratch_;
  dsp::Glide<float> mix_{1.0F};
};

}  // namespace talkback::effects
