#include "engine/effects/limiter_stage.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace talkback::effects {

namespace {

// Gains as whole numbers of 2^-40.
constexpr double kUnit = 0x1p40;
constexpr auto kUnity = static_cast<std::int64_t>(kUnit);
constexpr auto kBlock = static_cast<std::size_t>(LimiterStage::kBlockFrames);
static_assert(LimiterStage::kBlockFrames % dsp::TruePeakDetector::kGroupFrames == 0);
// Counts of frames stop growing here.
constexpr int kCountMax = 1 << 20;

}  // namespace

void LimiterStage::prepare(int channels, dsp::TruePeakDetector::Reach reach, int average_frames) {
  average_frames_ = average_frames;
  detector_.prepare(channels, reach);
  lines_.resize(static_cast<std::size_t>(channels));
  for (dsp::DelayLine& line : lines_) line.prepare(latency().count, kBlockFrames);
  minimum_.prepare(2 * average_frames_ + 2 * kGuardFrames + 1);
  reset();
}

void LimiterStage::reset() noexcept {
  detector_.reset();
  for (dsp::DelayLine& line : lines_) line.reset();
  minimum_.reset();
  // Same lengths as before: nothing is allocated.
  first_average_.prepare(average_frames_, kUnity);
  second_average_.prepare(average_frames_, kUnity * average_frames_);
  released_ = 1.0;
  frames_below_ = frames_at_unity_ = kCountMax;
}

float LimiterStage::process(AudioBlock block, std::span<const float> ceilings, double release, Peaks known) noexcept {
  std::array<float, kBlock> peaks{};
  // What the detector sees reaches back over its history.
  frames_below_ = known == Peaks::below_ceiling ? std::min(frames_below_ + kBlockFrames, kCountMax) : 0;
  if (is_detector_at_rest()) {
    detector_.skip(block);
  } else {
    detector_.process(block, peaks, *std::ranges::min_element(ceilings));
  }
  for (int c = 0; c < block.channel_count(); ++c) {
    dsp::DelayLine& line = lines_[static_cast<std::size_t>(c)];
    line.write(block.channel(c));
    line.read(latency().count, block.channel(c));
  }
  bool is_over = false;
  for (std::size_t n = 0; n < kBlock; ++n) is_over |= peaks[n] > ceilings[n];
  frames_at_unity_ = is_over || released_ < 1.0 ? 0 : std::min(frames_at_unity_ + kBlockFrames, kCountMax);
  if (is_gain_at_rest()) return 1.0F;

  std::array<float, kBlock> gains;
  const double scale = 1.0 / (kUnit * average_frames_ * average_frames_);
  float smallest = 1.0F;
  for (std::size_t n = 0; n < kBlock; ++n) {
    const float wanted = minimum_.next(peaks[n] > ceilings[n] ? ceilings[n] / peaks[n] : 1.0F);
    const double target = static_cast<double>(wanted);
    // The last steps of the release are taken at once, so that untouched sound comes out untouched.
    released_ = target < released_ || target - released_ < 1e-7 ? target : released_ + (target - released_) * release;
    const std::int64_t sum = second_average_.next(first_average_.next(static_cast<std::int64_t>(released_ * kUnit)));
    gains[n] = static_cast<float>(static_cast<double>(sum) * scale);
    smallest = std::min(smallest, gains[n]);
  }
  for (int c = 0; c < block.channel_count(); ++c) {
    float* x = block.channel(c).data();
    for (std::size_t n = 0; n < kBlock; ++n) x[n] *= gains[n];
  }
  return smallest;
}

void LimiterStage::archive(dsp::StateArchive& state) {
  state(detector_, minimum_, first_average_, second_average_, released_, frames_below_, frames_at_unity_);
  for (dsp::DelayLine& line : lines_) line.archive(state, latency().count);
}

}  // namespace talkback::effects
