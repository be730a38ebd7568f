#include "client/recorder/input_check.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace talkback::recorder {
namespace {

constexpr std::array kMainsHz{50, 60};
constexpr int kWindowsPerSecond = 10;
// Converters clip a step below full scale, some two.
constexpr float kFullScale = 0.9998F;
constexpr int kClippedRun = 3;
constexpr double kHumShare = 0.5;  // of the floor's power

// Heuristics, from what engineers aim at: peaks at -18 to -6 dBFS, a floor under -60.
constexpr double kNothingDbfs = -80.0;
constexpr double kFaintDbfs = -30.0;
constexpr double kHotDbfs = -3.0;
constexpr double kNoisyDbfs = -55.0;
constexpr double kHumDbfs = -75.0;
constexpr double kOffset = 0.003;  // -50 dBFS

double dbfs_of_power(double power) {
  return power > 0.0 ? std::max(10.0 * std::log10(power), kSilenceDbfs) : kSilenceDbfs;
}

}  // namespace

InputCheck::InputCheck(SampleRate rate) : rate_(rate) {
  for (std::size_t mains = 0; mains < hum_.size(); ++mains)
    for (std::size_t h = 0; h < hum_[mains].size(); ++h)
      hum_[mains][h].step =
          std::polar(1.0, -2.0 * std::numbers::pi * kMainsHz[mains] * static_cast<double>(h + 1) / rate.hz);
}

void InputCheck::process(std::span<const float> samples) {
  const int window = std::max(rate_.hz / kWindowsPerSecond, 1);
  for (const float sample : samples) {
    const float size = std::abs(sample);
    const auto value = static_cast<double>(sample);
    meter_peak_ = std::max(meter_peak_, size);
    peak_ = std::max(peak_, size);
    full_run_ = size >= kFullScale ? full_run_ + 1 : 0;
    if (full_run_ == kClippedRun)
      clipped_ += kClippedRun;
    else if (full_run_ > kClippedRun || size > 1.0F)
      ++clipped_;
    sum_ += value;
    square_sum_ += value * value;
    window_sum_ += value;
    window_square_sum_ += value * value;
    for (auto& mains : hum_)
      for (Bin& bin : mains) {
        bin.sum += value * bin.turn;
        bin.turn *= bin.step;
      }
    if (++window_frames_ == window) end_window();
  }
  frames_ += std::ssize(samples);
}

void InputCheck::end_window() {
  const double mean = window_sum_ / window_frames_;
  window_powers_.push_back(std::max(window_square_sum_ / window_frames_ - mean * mean, 0.0));
  window_frames_ = 0;
  window_sum_ = window_square_sum_ = 0.0;
  // The turns drift off the unit circle by rounding alone, far less than this brings back.
  for (auto& mains : hum_)
    for (Bin& bin : mains) bin.turn /= std::abs(bin.turn);
}

double InputCheck::hum_power(std::size_t mains) const {
  double power = 0.0;
  for (const Bin& bin : hum_[mains]) power += 2.0 * std::norm(bin.sum / static_cast<double>(frames_));
  return power;
}

InputReading InputCheck::reading() const {
  InputReading reading;
  if (frames_ == 0) return reading;
  const auto count = static_cast<double>(frames_);
  reading.offset = sum_ / count;
  reading.peak_dbfs = dbfs_of_power(static_cast<double>(peak_) * static_cast<double>(peak_));
  const double power = std::max(square_sum_ / count - reading.offset * reading.offset, 0.0);
  reading.rms_dbfs = dbfs_of_power(power);
  reading.clipped_frames = clipped_;
  reading.is_digital_silence = peak_ <= 0.0F;
  double floor = power;
  if (!window_powers_.empty()) {
    std::vector<double> sorted = window_powers_;
    std::ranges::nth_element(sorted, sorted.begin() + std::ssize(sorted) / 2);
    floor = sorted[sorted.size() / 2];
  }
  reading.floor_dbfs = dbfs_of_power(floor);
  const std::size_t mains = hum_power(0) >= hum_power(1) ? 0 : 1;
  reading.hum_dbfs = dbfs_of_power(hum_power(mains));
  if (floor > 0.0 && hum_power(mains) > kHumShare * floor) reading.hum_hz = kMainsHz[mains];
  return reading;
}

float InputCheck::take_peak() { return std::exchange(meter_peak_, 0.0F); }

InputJudgement judge(const InputReading& quiet, const InputReading& played) noexcept {
  InputJudgement result;
  result.is_noisy = quiet.floor_dbfs > kNoisyDbfs;
  result.has_hum = quiet.hum_hz && quiet.hum_dbfs > kHumDbfs;
  result.has_offset = std::abs(quiet.offset) > kOffset;
  if (played.clipped_frames > 0 || quiet.clipped_frames > 0)
    result.verdict = InputVerdict::clipping;
  else if (played.peak_dbfs < kNothingDbfs)
    result.verdict = InputVerdict::silent;
  else if (played.peak_dbfs < kFaintDbfs)
    result.verdict = InputVerdict::faint;
  else if (played.peak_dbfs > kHotDbfs)
    result.verdict = InputVerdict::hot;
  else
    result.verdict = InputVerdict::good;
  return result;
}

}  // namespace talkback::recorder
