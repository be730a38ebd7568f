#include "engine/dsp/true_peak.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace talkback::dsp {

namespace {

// Zeroth modified Bessel function of the first kind, by its power series.
double bessel_i0(double x) noexcept {
  double sum = 1.0;
  double term = 1.0;
  for (int k = 1; k < 40; ++k) {
    term *= (x / 2.0 / k) * (x / 2.0 / k);
    sum += term;
  }
  return sum;
}

struct Interpolator {
  // [phase][tap]; phase 0 is the frame itself and left out.
  std::array<std::array<float, TruePeakDetector::kTaps>, TruePeakDetector::kPhases> taps{};
  // No interpolated value is greater than this times the greatest sample around it.
  float bound = 0.0F;
};

Interpolator make_interpolator() noexcept {
  // Kaiser's beta for 70 dB of stop band.
  constexpr double kBeta = 6.8;
  Interpolator result;
  for (std::size_t phase = 0; phase < TruePeakDetector::kPhases; ++phase) {
    std::array<double, TruePeakDetector::kTaps> taps{};
    double sum = 0.0;
    for (std::size_t tap = 0; tap < TruePeakDetector::kTaps; ++tap) {
      // Distance from the interpolated point; the newest sample is the last tap.
      const double x = static_cast<double>(tap) - (TruePeakDetector::kTaps / 2 - 1) -
                       static_cast<double>(phase) / TruePeakDetector::kPhases;
      const double span = x / (TruePeakDetector::kTaps / 2);
      const double window =
          std::abs(span) < 1.0 ? bessel_i0(kBeta * std::sqrt(1.0 - span * span)) / bessel_i0(kBeta) : 0.0;
      const double angle = std::numbers::pi * x;
      taps[tap] = window * (std::abs(angle) < 1e-12 ? 1.0 : std::sin(angle) / angle);
      sum += taps[tap];
    }
    double magnitude = 0.0;
    for (std::size_t tap = 0; tap < TruePeakDetector::kTaps; ++tap) {
      result.taps[phase][tap] = static_cast<float>(taps[tap] / sum);
      magnitude += std::abs(taps[tap] / sum);
    }
    result.bound = std::max(result.bound, static_cast<float>(magnitude * 1.0001));
  }
  return result;
}

const Interpolator kInterpolator = make_interpolator();

}  // namespace

void TruePeakDetector::prepare(int channels) {
  histories_.resize(static_cast<std::size_t>(channels));
  reset();
}

void TruePeakDetector::reset() noexcept {
  for (auto& history : histories_) history.fill(0.0F);
}

void TruePeakDetector::process(ConstAudioBlock block, std::span<float> peaks, float floor) noexcept {
  std::ranges::fill(peaks, 0.0F);
  for (int c = 0; c < block.channel_count(); ++c) {
    const std::span<const float> input = block.channel(c);
    for (std::size_t first = 0; first < input.size(); first += kChunkFrames) {
      const std::size_t frames = std::min<std::size_t>(kChunkFrames, input.size() - first);
      process_chunk(input.subspan(first, frames), histories_[static_cast<std::size_t>(c)], peaks.subspan(first, frames),
                    floor);
    }
  }
}

void TruePeakDetector::process_chunk(std::span<const float> input, std::span<float> history, std::span<float> peaks,
                                     float floor) noexcept {
  std::array<float, kHistoryFrames + kChunkFrames + kGroupFrames> samples{};
  std::ranges::copy(history, samples.begin());
  std::ranges::copy(input, samples.begin() + kHistoryFrames);
  for (std::size_t first = 0; first < input.size(); first += kGroupFrames) {
    const float* x = samples.data() + first;
    float greatest = 0.0F;
    for (std::size_t i = 0; i < kHistoryFrames + kGroupFrames; ++i) greatest = std::max(greatest, std::abs(x[i]));
    if (greatest * kInterpolator.bound < floor) continue;
    std::array<float, kGroupFrames> group{};
    // The sample itself: the one that phase 0 would give back.
    for (std::size_t j = 0; j < kGroupFrames; ++j) group[j] = std::abs(x[j + kTaps / 2 - 1]);
    for (std::size_t phase = 1; phase < kPhases; ++phase) {
      std::array<float, kGroupFrames> sum{};
      for (std::size_t tap = 0; tap < kTaps; ++tap) {
        const float h = kInterpolator.taps[phase][tap];
        for (std::size_t j = 0; j < kGroupFrames; ++j) sum[j] += h * x[j + tap];
      }
      for (std::size_t j = 0; j < kGroupFrames; ++j) group[j] = std::max(group[j], std::abs(sum[j]));
    }
    const std::size_t count = std::min<std::size_t>(kGroupFrames, input.size() - first);
    for (std::size_t j = 0; j < count; ++j) peaks[first + j] = std::max(peaks[first + j], group[j]);
  }
  std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(input.size()), kHistoryFrames, history.begin());
}

}  // namespace talkback::dsp
