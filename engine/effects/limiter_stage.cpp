#include "engine/effects/limiter_stage.hpp"

#include <algorithm>
#include <array>

#include "engine/dsp/peak_kernels.hpp"

namespace talkback::effects {

namespace {

// Gains as whole numbers of 2^-40.
constexpr double kUnit = 0x1p40;
constexpr auto kUnity = static_cast<std::int64_t>(kUnit);
constexpr auto kBlock = static_cast<std::size_t>(LimiterStage::kBlockFrames);
static_assert(LimiterStage::kBlockFrames % dsp::TruePeakDetector::kGroupFrames == 0);
static_assert(kBlock == dsp::BlockMinimum::kBlock && kBlock <= dsp::MovingSum::kBlockMax);
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
  minimum_.reset(1.0F);
  // Same lengths as before: nothing is allocated.
  first_sum_.prepare(average_frames_, kUnity);
  second_sum_.prepare(average_frames_, kUnity * average_frames_);
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
    detector_.process(block, peaks, dsp::least_of(ceilings.data(), kBlockFrames));
  }
  for (int c = 0; c < block.channel_count(); ++c) {
    dsp::DelayLine& line = lines_[static_cast<std::size_t>(c)];
    line.write(block.channel(c));
    line.read(latency().count, block.channel(c));
  }
  std::array<float, kBlock> gains;
  int over = 0;
  for (std::size_t n = 0; n < kBlock; ++n) {
    over += peaks[n] > ceilings[n] ? 1 : 0;
    gains[n] = peaks[n] > ceilings[n] ? ceilings[n] / peaks[n] : 1.0F;
  }
  frames_at_unity_ = over > 0 || released_ < 1.0 ? 0 : std::min(frames_at_unity_ + kBlockFrames, kCountMax);
  if (is_gain_at_rest()) return 1.0F;

  find_gains(gains, release);
  for (int c = 0; c < block.channel_count(); ++c) {
    float* x = block.channel(c).data();
    for (std::size_t n = 0; n < kBlock; ++n) x[n] *= gains[n];
  }
  return std::min(1.0F, dsp::least_of(gains.data(), kBlockFrames));
}

// From the wanted ones, in place.
void LimiterStage::find_gains(std::span<float, kBlockFrames> gains, double release) noexcept {
  minimum_.process(gains);
  std::array<std::int64_t, kBlock> sums;
  double released = released_;
  for (std::size_t n = 0; n < kBlock; ++n) {
    const double target = static_cast<double>(gains[n]);
    const double rise = target - released;
    // The last steps of the release are taken at once, so that untouched sound comes out untouched.
    released = rise < 1e-7 ? target : released + rise * release;
    sums[n] = static_cast<std::int64_t>(released * kUnit);
  }
  released_ = released;
  first_sum_.process(sums);
  second_sum_.process(sums);
  const double scale = 1.0 / (kUnit * average_frames_ * average_frames_);
  for (std::size_t n = 0; n < kBlock; ++n) gains[n] = static_cast<float>(static_cast<double>(sums[n]) * scale);
}

void LimiterStage::archive(dsp::StateArchive& state) {
  state(detector_, minimum_, first_sum_, second_sum_, released_, frames_below_, frames_at_unity_);
  for (dsp::DelayLine& line : lines_) line.archive(state, latency().count);
}

}  // namespace talkback::effects
