// The partials of a sound.
#pragma once

#include <numbers>

#include "engine/dsp/fft.hpp"
#include "tests/engine/instruments/instrument_support.hpp"

namespace talkback::instruments {

inline double hz_of(int pitch) { return 440.0 * std::exp2((pitch - 69) / 12.0); }

inline double cents(double hz, double wanted_hz) { return 1'200.0 * std::log2(hz / wanted_hz); }

class Spectrum {
 public:
  // sound: as many frames as a power of two. Blackman and Harris's window: its side lobes lie below -92 dB.
  explicit Spectrum(const std::vector<float>& sound)
      : bin_hz_(static_cast<double>(kRate) / static_cast<double>(sound.size())) {
    const std::size_t size = sound.size();
    std::vector<float> re(size), im(size), scratch_re(size), scratch_im(size);
    for (std::size_t n = 0; n < size; ++n) {
      const double x = 2.0 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(size);
      const double window = 0.35875 - 0.48829 * std::cos(x) + 0.14128 * std::cos(2 * x) - 0.01168 * std::cos(3 * x);
      re[n] = sound[n] * static_cast<float>(window);
    }
    dsp::Fft(static_cast<int>(size)).forward(re.data(), im.data(), scratch_re.data(), scratch_im.data());
    for (std::size_t bin = 0; bin < size / 2; ++bin)
      power_.push_back(static_cast<double>(re[bin] * re[bin] + im[bin] * im[bin]) * 7.7 /
                       (static_cast<double>(size) * static_cast<double>(size)) * 4.0);
  }

  // Of what lies within four bins.
  double level_db(double hz) const {
    const auto middle = static_cast<std::size_t>(std::lround(hz / bin_hz_));
    double power = 1e-30;
    for (std::size_t bin = middle < 4 ? 0 : middle - 4; bin <= std::min(middle + 4, power_.size() - 1); ++bin)
      power += power_[bin];
    return 10.0 * std::log10(power);
  }
  // By a parabola through the logarithms around the strongest bin.
  double strongest_hz(double from_hz, double to_hz) const {
    auto best = static_cast<std::size_t>(from_hz / bin_hz_);
    for (std::size_t bin = best; static_cast<double>(bin) * bin_hz_ <= to_hz; ++bin) {
      if (power_[bin] > power_[best]) best = bin;
    }
    const double low = std::log(power_[best - 1]), top = std::log(power_[best]), high = std::log(power_[best + 1]);
    return (static_cast<double>(best) + 0.5 * (low - high) / (low - 2.0 * top + high)) * bin_hz_;
  }
  // The strongest sound up to 20 kHz that lies beside the multiples of hz, against the strongest of all.
  double between_partials_db(double hz) const {
    double loudest = 1e-30;
    double between = 1e-30;
    for (std::size_t bin = 8; static_cast<double>(bin) * bin_hz_ < 20'000.0; ++bin) {
      const double frequency = static_cast<double>(bin) * bin_hz_;
      const double partial = std::max(1.0, std::round(frequency / hz));
      loudest = std::max(loudest, power_[bin]);
      if (std::abs(frequency - partial * hz) > 8.0 * bin_hz_) between = std::max(between, power_[bin]);
    }
    return 10.0 * std::log10(between / loudest);
  }
  // The power between two frequencies.
  double band_db(double from_hz, double to_hz) const {
    double power = 1e-30;
    for (std::size_t bin = 1; bin < power_.size(); ++bin) {
      const double hz = static_cast<double>(bin) * bin_hz_;
      if (hz >= from_hz && hz < to_hz) power += power_[bin];
    }
    return 10.0 * std::log10(power);
  }

 private:
  double bin_hz_;
  std::vector<double> power_;
};

}  // namespace talkback::instruments
