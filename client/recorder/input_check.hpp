// What arrives at an input: level, clipping, noise floor, hum, and what is to be done about it.
//
// All levels are dBFS against the full scale of a sample, 1.0, and unweighted: the RMS of a full-scale sine reads -3.0.
// Feed a quiet stretch to one InputCheck and a played one to another; judge() says what they mean together.
#pragma once

#include <array>
#include <complex>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::recorder {

inline constexpr double kSilenceDbfs = -144.0;  // the least that is told

struct InputReading {
  double peak_dbfs = kSilenceDbfs;
  // Of the whole stretch, without its mean.
  double rms_dbfs = kSilenceDbfs;
  // Median of the RMS of windows of 100 ms: what is there most of the time.
  double floor_dbfs = kSilenceDbfs;
  double offset = 0.0;  // the mean, full scale 1
  // Runs of three frames and more at full scale, and all that lies above it.
  std::int64_t clipped_frames = 0;
  // 50 or 60: mains hum with its first harmonics is what most of the floor consists of.
  std::optional<int> hum_hz;
  double hum_dbfs = kSilenceDbfs;
  bool is_digital_silence = true;  // not one bit moved
};

// One input over a stretch of time. Any division into blocks gives the same reading. Grows by 80 bytes a second.
class InputCheck {
 public:
  explicit InputCheck(SampleRate rate);

  void process(std::span<const float> samples);

  InputReading reading() const;
  // Largest sample since the last call, full scale 1: for a meter.
  float take_peak();

 private:
  static constexpr int kHarmonics = 4;
  // A single bin of a Fourier transform over the whole stretch.
  struct Bin {
    std::complex<double> step;
    std::complex<double> turn{1.0, 0.0};
    std::complex<double> sum{};
  };
  void end_window();
  double hum_power(std::size_t mains) const;

  SampleRate rate_;
  std::int64_t frames_ = 0;
  double sum_ = 0.0;
  double square_sum_ = 0.0;
  float peak_ = 0.0F;
  float meter_peak_ = 0.0F;
  int full_run_ = 0;  // frames at full scale up to now
  std::int64_t clipped_ = 0;
  int window_frames_ = 0;  // of the window under way
  double window_sum_ = 0.0;
  double window_square_sum_ = 0.0;
  std::vector<double> window_powers_;
  std::array<std::array<Bin, kHarmonics>, 2> hum_;
};

enum class InputVerdict { silent, faint, good, hot, clipping };

struct InputJudgement {
  InputVerdict verdict = InputVerdict::silent;
  bool is_noisy = false;
  bool has_hum = false;
  bool has_offset = false;
};

// quiet: while nobody played; played: while somebody did, as loud as it will get.
InputJudgement judge(const InputReading& quiet, const InputReading& played) noexcept;

}  // namespace talkback::recorder
