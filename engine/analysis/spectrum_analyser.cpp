#include "engine/analysis/spectrum_analyser.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "engine/dsp/decibel.hpp"

namespace talkback::analysis {

namespace {

constexpr double kNoiseBandwidthBins = 1.5;
// A line of the Hann window has this many bins on either side of its greatest.
constexpr int kLobeBins = 2;

}  // namespace

SpectrumAnalyser::SpectrumAnalyser(SampleRate rate)
    : rate_(rate),
      fft_(kWindowFrames),
      past_(2, kWindowFrames),
      re_(kWindowFrames),
      im_(kWindowFrames),
      scratch_re_(kWindowFrames),
      scratch_im_(kWindowFrames),
      power_(kBins) {
  for (int n = 0; n < kWindowFrames; ++n)
    window_.push_back(static_cast<float>(0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * n / kWindowFrames)));
}

void SpectrumAnalyser::process(ConstAudioBlock block) noexcept TALKBACK_REALTIME {
  for (int done = 0; done < block.frame_count();) {
    const int frames = std::min({block.frame_count() - done, waiting_, kWindowFrames - at_});
    for (int c = 0; c < 2; ++c) {
      const auto from = block.slice(done, frames).channel(std::min(c, block.channel_count() - 1));
      std::ranges::copy(from, past_.block().channel(c).begin() + at_);
    }
    at_ = (at_ + frames) % kWindowFrames;
    done += frames;
    waiting_ -= frames;
    if (waiting_ > 0) continue;
    transform();
    waiting_ = kHopFrames;
  }
}

// Both channels at once: one is the real part, the other the imaginary.
void SpectrumAnalyser::transform() noexcept {
  const std::array<std::vector<float>*, 2> parts = {&re_, &im_};
  for (int c = 0; c < 2; ++c) {
    const auto past = past_.block().channel(c);
    for (std::size_t n = 0; n < kWindowFrames; ++n)
      (*parts[static_cast<std::size_t>(c)])[n] = past[(static_cast<std::size_t>(at_) + n) % kWindowFrames] * window_[n];
  }
  fft_.forward(re_.data(), im_.data(), scratch_re_.data(), scratch_im_.data());
  // The window's sum is half its length, and a sine is split into two lines.
  constexpr double kScale = 4.0 / kWindowFrames;
  for (std::size_t k = 0; k < kBins; ++k) {
    const std::size_t mirror = (kWindowFrames - k) % kWindowFrames;
    const double sum = std::norm(std::complex<double>(static_cast<double>(re_[k]), static_cast<double>(im_[k])));
    const double other =
        std::norm(std::complex<double>(static_cast<double>(re_[mirror]), static_cast<double>(im_[mirror])));
    // |L|^2 + |R|^2 is half of |X[k]|^2 + |X[-k]|^2, and their mean half of that.
    power_[k] = (sum + other) / 4.0 * kScale * kScale * (k == 0 || k + 1 == kBins ? 0.25 : 1.0);
  }
  has_spectrum_ = true;
}

double SpectrumAnalyser::bin_db(int bin) const noexcept {
  return dsp::db_from_gain(std::sqrt(power_[static_cast<std::size_t>(bin)]));
}

double SpectrumAnalyser::band_hz(int band) noexcept { return 1000.0 * std::pow(10.0, (band - 16) / 10.0); }

double SpectrumAnalyser::power_between(double low_hz, double high_hz) const noexcept {
  const double width = bin_hz(1);
  const double low = low_hz / width + 0.5;
  const double high = high_hz / width + 0.5;
  double power = 0.0;
  const int last = std::min(kBins - 1, static_cast<int>(high));
  for (int k = static_cast<int>(low); k <= last; ++k) {
    const double part = std::min(high, k + 1.0) - std::max(low, static_cast<double>(k));
    power += power_[static_cast<std::size_t>(k)] * part;
  }
  return power / kNoiseBandwidthBins;
}

std::array<double, SpectrumAnalyser::kBands> SpectrumAnalyser::third_octaves_db() const noexcept {
  const double half = std::pow(10.0, 1.0 / 20.0);
  std::array<double, kBands> bands;
  for (int b = 0; b < kBands; ++b)
    bands[static_cast<std::size_t>(b)] =
        dsp::db_from_gain(std::sqrt(power_between(band_hz(b) / half, band_hz(b) * half)));
  return bands;
}

std::optional<SpectrumAnalyser::Peak> SpectrumAnalyser::peak() const noexcept {
  const auto greatest = std::max_element(power_.begin() + 1, power_.end() - 1);
  if (!(*greatest > 0.0)) return std::nullopt;
  const auto middle = static_cast<int>(greatest - power_.begin());
  double power = 0.0;
  double moment = 0.0;
  for (int k = std::max(0, middle - kLobeBins); k <= std::min(kBins - 1, middle + kLobeBins); ++k) {
    power += power_[static_cast<std::size_t>(k)];
    moment += power_[static_cast<std::size_t>(k)] * k;
  }
  return Peak{moment / power * bin_hz(1), dsp::db_from_gain(std::sqrt(power / kNoiseBandwidthBins))};
}

}  // namespace talkback::analysis
