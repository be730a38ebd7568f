// Spectrum in dBFS: a sine of full scale on both channels reads 0.
//
// Windows of kWindowFrames under a Hann window (F. J. Harris 1978, "On the Use of Windows for Harmonic Analysis with
// the Discrete Fourier Transform", Proc. IEEE 66(1)), four overlapping at a time; the channels' powers are averaged. A
// bin reads the amplitude of a sine at its centre; half-way between two bins both read 1.42 dB less. peak() and
// third_octaves() add powers, divided by the window's noise bandwidth of 1.5 bins, and so read right at any
// frequency. Bands are those of IEC 61260-1 in base 10, from 25 Hz to 20 kHz; a bin on the border of two counts for
// both in parts. Bands that are narrower than a bin (below 50 Hz at 48 kHz) are as blurred as that.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/realtime.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/dsp/fft.hpp"

namespace talkback::analysis {

class SpectrumAnalyser {
 public:
  static constexpr int kWindowFrames = 4096;
  static constexpr int kHopFrames = kWindowFrames / 4;
  static constexpr int kBins = kWindowFrames / 2 + 1;
  static constexpr int kBands = 30;

  // Allocates.
  explicit SpectrumAnalyser(SampleRate rate);

  // block: one or two channels. [audio-thread]
  void process(ConstAudioBlock block) noexcept TALKBACK_REALTIME;

  // Of the newest window; false before the first is full.
  bool has_spectrum() const noexcept { return has_spectrum_; }
  // Bin k is at bin_hz(k); dBFS, minus infinity for silence.
  double bin_db(int bin) const noexcept;
  double bin_hz(int bin) const noexcept { return static_cast<double>(bin) * rate_.hz / kWindowFrames; }
  std::array<double, kBands> third_octaves_db() const noexcept;
  static double band_hz(int band) noexcept;

  struct Peak {
    double frequency_hz = 0.0;
    double level_db = 0.0;
  };
  // The strongest line; nullopt for silence.
  std::optional<Peak> peak() const noexcept;

 private:
  void transform() noexcept;
  double power_between(double low_hz, double high_hz) const noexcept;

  SampleRate rate_;
  dsp::Fft fft_;
  std::vector<float> window_;
  AudioBuffer past_;  // the newest kWindowFrames, oldest first from at_ on
  int at_ = 0;
  int waiting_ = kWindowFrames;
  bool has_spectrum_ = false;
  std::vector<float> re_, im_, scratch_re_, scratch_im_;
  // By bin: 1 for a sine of full scale at its centre.
  std::vector<double> power_;
};

}  // namespace talkback::analysis
