// Tuner: the fundamental of one voice, as a note and the cents that it is off.
//
// The McLeod pitch method: P. McLeod and G. Wyvill (2005), "A Smarter Way to Find Pitch", ICMC. Over a window,
//   n(tau) = 2 sum x[j] x[j + tau] / sum (x[j]^2 + x[j + tau]^2)
// is 1 where the sound repeats itself. Its key maxima, one between each two upward zero crossings, are found with the
// Fourier transform; the first that reaches kNearGreatest of the greatest is the period, and its height the confidence.
// Before, a low-pass (a windowed sinc at kLowPassHz, linear in phase) takes away partials that lags of whole frames are
// too coarse for. Refined, beyond the paper: the window is smoothed by two moving averages of a third of the period, so
// that the partials of a string, which are sharper the higher they are, hardly pull; n is computed again in double
// precision around the period, and then around ever greater multiples of it as long as they stay maxima as high, which
// divides the error by the multiple.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/realtime.hpp"
#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/dsp/fft.hpp"

namespace talkback::analysis {

struct TunerReading {
  double frequency_hz = 0.0;
  int note = 69;            // MIDI number
  double cents = 0.0;       // from it, -50 to 50
  double confidence = 0.0;  // to 1

  // "A4", "C#3".
  std::string note_name() const;
};

class Tuner {
 public:
  static constexpr double kReferenceHzMin = 400.0;
  static constexpr double kReferenceHzMax = 480.0;
  static constexpr double kLowestHz = 25.0;
  static constexpr double kHighestHz = 5'000.0;
  static constexpr double kLowPassHz = 6'400.0;
  // What noise does not reach.
  static constexpr double kConfidenceMin = 0.85;

  // reference_hz: of A4, within its range; else fails with invalid. Allocates.
  static Result<Tuner> create(SampleRate rate, double reference_hz = 440.0);

  // block: any number of channels, which are added. [audio-thread]
  void process(ConstAudioBlock block) noexcept TALKBACK_REALTIME;

  // Of the newest window (85 ms, four a window's length); nullopt where it has no pitch: silence below -70 dBFS, noise,
  // chords.
  const std::optional<TunerReading>& reading() const noexcept { return reading_; }

 private:
  Tuner(SampleRate rate, double reference_hz);

  void analyse() noexcept;
  float filtered() const noexcept;
  void correlate() noexcept;
  double likeness(int lag) const noexcept;
  double energy_at(int lag) const noexcept;
  double height_at(int lag) const noexcept;
  int find_period() const noexcept;
  // The maximum near a lag, by a parabola; nullopt where there is none.
  struct Maximum {
    double lag = 0.0;
    double height = 0.0;
  };
  std::optional<Maximum> maximum_near(double lag, int step) const noexcept;
  void smooth(int frames) noexcept;
  void add_squares() noexcept;

  SampleRate rate_;
  double reference_hz_;
  int window_frames_;
  int lag_max_;
  dsp::Fft fft_;
  std::vector<float> low_pass_;  // as many taps as delay_ has, its middle first
  std::vector<float> delay_;
  int delay_at_ = 0;
  std::vector<float> past_;
  int at_ = 0;
  int waiting_;
  std::vector<double> sound_;    // the window in order, without its mean
  int sound_frames_ = 0;         // smoothing shortens it
  std::vector<double> squares_;  // its squares added up
  std::vector<float> re_, im_, scratch_re_, scratch_im_;
  std::vector<float> likeness_;  // n by lag
  std::optional<TunerReading> reading_;
};

}  // namespace talkback::analysis
