#include "engine/effects/limiter.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/dsp/decibel.hpp"
#include "engine/dsp/one_pole.hpp"

namespace talkback::effects {

namespace {

enum Parameter { ceiling_dbtp, drive_db, release_ms };

constexpr ParameterInfo kParameters[] = {
    {"ceiling_dbtp", "dBTP", -30.0, 0.0, -1.0, Taper::linear},
    {"drive_db", "dB", -24.0, 36.0, 0.0, Taper::linear},
    {"release_ms", "ms", 1.0, 2'000.0, 80.0, Taper::logarithmic},
};

constexpr double kAverageSeconds = 0.001;
constexpr int kGuardFrames = 16;
constexpr double kMarginDb = 0.1;
constexpr int kChunkFrames = 64;
// Gains as whole numbers of 2^-40.
constexpr double kUnit = 0x1p40;

float internal_ceiling(double ceiling) noexcept { return static_cast<float>(dsp::gain_from_db(ceiling - kMarginDb)); }

}  // namespace

void MovingAverage::prepare(int length, std::int64_t value) {
  values_.assign(static_cast<std::size_t>(length), value);
  position_ = 0;
  sum_ = value * length;
}

std::int64_t MovingAverage::next(std::int64_t value) noexcept {
  sum_ += value - values_[position_];
  values_[position_] = value;
  position_ = position_ + 1 == values_.size() ? 0 : position_ + 1;
  return sum_;
}

void MovingAverage::archive(dsp::StateArchive& state) {
  // From the oldest on.
  std::ranges::rotate(values_, values_.begin() + static_cast<std::ptrdiff_t>(position_));
  position_ = 0;
  state(values_, sum_);
}

void SlidingMinimum::prepare(int length) {
  length_ = length;
  ring_.assign(static_cast<std::size_t>(length) + 1, {});
  reset();
}

void SlidingMinimum::reset() noexcept { first_ = count_ = 0; }

float SlidingMinimum::next(float value) noexcept {
  const auto wrap = [this](std::size_t i) { return i >= ring_.size() ? i - ring_.size() : i; };
  if (count_ > 0 && ring_[first_].index <= index_ - length_) {
    first_ = wrap(first_ + 1);
    --count_;
  }
  while (count_ > 0 && ring_[wrap(first_ + count_ - 1)].value >= value) --count_;
  ring_[wrap(first_ + count_)] = {value, index_++};
  ++count_;
  return ring_[first_].value;
}

void SlidingMinimum::archive(dsp::StateArchive& state) {
  std::ranges::rotate(ring_, ring_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  state(count_);
  count_ = std::min(count_, ring_.size());
  for (std::size_t i = 0; i < count_; ++i) {
    // Ages, so that it does not matter how long the song has been.
    std::int64_t age = index_ - ring_[i].index;
    state(ring_[i].value, age);
    ring_[i].index = index_ - age;
  }
}

Limiter::Limiter() : values_(kParameters) { ceiling_.jump(internal_ceiling(values_[ceiling_dbtp])); }

std::span<const ParameterInfo> Limiter::parameters() const noexcept { return kParameters; }

Frames Limiter::latency() const noexcept {
  return Frames{2 * average_frames_ - 2 + kGuardFrames} + dsp::TruePeakDetector::kLatency;
}

void Limiter::prepare(SampleRate rate, int channels) {
  rate_ = rate;
  average_frames_ = std::max(2, static_cast<int>(std::lround(kAverageSeconds * rate.hz)));
  detector_.prepare(channels);
  lines_.resize(static_cast<std::size_t>(channels));
  for (dsp::DelayLine& line : lines_) line.prepare(latency().count, kChunkFrames);
  minimum_.prepare(2 * average_frames_ + 2 * kGuardFrames + 1);
  reset();
}

void Limiter::set(int index, double value) noexcept {
  if (!values_.set(index, value)) return;
  if (index == ceiling_dbtp) ceiling_.set(internal_ceiling(values_[ceiling_dbtp]));
  if (index == drive_db) drive_.set(static_cast<float>(dsp::gain_from_db(values_[drive_db])));
}

void Limiter::process(AudioBlock block) noexcept {
  for (int first = 0; first < block.frame_count(); first += kChunkFrames) {
    process_chunk(block.slice(first, std::min(kChunkFrames, block.frame_count() - first)));
  }
}

void Limiter::process_chunk(AudioBlock block) noexcept {
  const auto frames = static_cast<std::size_t>(block.frame_count());
  if (drive_.is_moving() || drive_.value() != 1.0F) {
    for (std::size_t n = 0; n < frames; ++n) {
      const float drive = drive_.next();
      for (int c = 0; c < block.channel_count(); ++c) block.channel(c)[n] *= drive;
    }
  }
  std::array<float, kChunkFrames> gains{};
  const std::span<float> peaks = std::span(gains).first(frames);
  detector_.process(block, peaks, std::min(ceiling_.value(), ceiling_.target()));

  const double release = 1.0 - dsp::pole_of_time(values_[release_ms] / 1e3, rate_);
  const double scale = 1.0 / (kUnit * average_frames_ * average_frames_);
  for (std::size_t n = 0; n < frames; ++n) {
    const float ceiling = ceiling_.next();
    const float wanted = minimum_.next(peaks[n] > ceiling ? ceiling / peaks[n] : 1.0F);
    const double target = static_cast<double>(wanted);
    // The last steps of the release are taken at once, so that untouched sound comes out untouched.
    released_ = target < released_ || target - released_ < 1e-7 ? target : released_ + (target - released_) * release;
    const std::int64_t sum = second_average_.next(first_average_.next(static_cast<std::int64_t>(released_ * kUnit)));
    gains[n] = static_cast<float>(static_cast<double>(sum) * scale);
    smallest_gain_ = std::min(smallest_gain_, gains[n]);
  }
  for (int c = 0; c < block.channel_count(); ++c) {
    dsp::DelayLine& line = lines_[static_cast<std::size_t>(c)];
    const std::span<float> x = block.channel(c);
    line.write(x);
    line.read(latency().count, x);
    for (std::size_t n = 0; n < frames; ++n) x[n] *= gains[n];
  }
}

void Limiter::reset() noexcept {
  detector_.reset();
  for (dsp::DelayLine& line : lines_) line.reset();
  minimum_.reset();
  const auto unity = static_cast<std::int64_t>(kUnit);
  // Same lengths as before: nothing is allocated.
  first_average_.prepare(average_frames_, unity);
  second_average_.prepare(average_frames_, unity * average_frames_);
  released_ = 1.0;
  smallest_gain_ = 1.0F;
  drive_.jump(drive_.target());
  ceiling_.jump(ceiling_.target());
}

void Limiter::archive(dsp::StateArchive& state) {
  state(values_, detector_, minimum_, first_average_, second_average_, released_, drive_, ceiling_);
  for (dsp::DelayLine& line : lines_) line.archive(state, latency().count);
}

}  // namespace talkback::effects
