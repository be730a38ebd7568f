#include "engine/effects/stereo_field.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/dsp/crossover_filters.hpp"
#include "engine/dsp/decibel.hpp"
#include "engine/dsp/pan.hpp"

namespace talkback::effects {

namespace {

enum Parameter { width_percent, mid_db, side_db, mono_below_hz, rotation_degrees, balance };

constexpr ParameterInfo kParameters[] = {
    {"width_percent", "%", 0.0, 200.0, 100.0, Taper::linear},
    {"mid_db", "dB", -144.0, 24.0, 0.0, Taper::linear},
    {"side_db", "dB", -144.0, 24.0, 0.0, Taper::linear},
    {"mono_below_hz", "Hz", 0.0, 1'000.0, 0.0, Taper::linear},
    {"rotation_degrees", "degrees", -180.0, 180.0, 0.0, Taper::linear},
    {"balance", "", -1.0, 1.0, 0.0, Taper::linear},
};

// Below this nothing is heard: the crossover is off.
constexpr double kCrossoverHzMin = 1.0;

}  // namespace

StereoField::StereoField() : values_(kParameters) {}

std::span<const ParameterInfo> StereoField::parameters() const noexcept { return kParameters; }

void StereoField::prepare(SampleRate rate, int channels) {
  TALKBACK_CHECK(channels == 1 || channels == 2);
  rate_ = rate;
  channels_ = channels;
  reset();
}

void StereoField::set(int index, double value) noexcept {
  if (!values_.set(index, value)) return;
  if (index == mono_below_hz) return aim_crossover();
  aim();
}

void StereoField::aim() noexcept {
  const double mid = 0.5 * dsp::gain_from_db(values_[mid_db]);
  const double side = 0.5 * dsp::gain_from_db(values_[side_db]) * values_[width_percent] / 100.0;
  const double angle = values_[rotation_degrees] * std::numbers::pi / 180.0;
  const double cosine = std::cos(angle);
  const double sine = std::sin(angle);
  const dsp::PanGains gains = dsp::stereo_balance(values_[balance]);
  const double same = mid + side;
  const double other = mid - side;
  const std::array<double, 4> matrix = {
      gains.left * (cosine * same - sine * other), gains.left * (cosine * other - sine * same),
      gains.right * (sine * same + cosine * other), gains.right * (sine * other + cosine * same)};
  for (std::size_t i = 0; i < matrix.size(); ++i) matrix_[i].set(static_cast<float>(matrix[i]));
}

void StereoField::aim_crossover() noexcept {
  if (rate_.hz == 0) return;
  const double hz = std::min(values_[mono_below_hz], 0.45 * rate_.hz);
  const bool is_on = hz >= kCrossoverHzMin;
  const dsp::CrossoverFilters filters =
      is_on ? dsp::crossover_at(2.0 * std::numbers::pi * hz / rate_.hz) : dsp::CrossoverFilters{};
  mid_.set(std::array{filters.all_pass});
  side_.set(std::array{filters.high, filters.high});
  leaving_frames_ = is_on ? 0 : dsp::kControlFrames;
}

void StereoField::narrow_lows(float* left, float* right, int frames) noexcept {
  std::array<float, kChunkFrames> mid{};
  std::array<float, kChunkFrames> side{};
  for (int n = 0; n < frames; ++n) {
    const auto k = static_cast<std::size_t>(n);
    mid[k] = (left[n] + right[n]) * 0.5F;
    side[k] = (left[n] - right[n]) * 0.5F;
  }
  float* const mid_channel[] = {mid.data()};
  float* const side_channel[] = {side.data()};
  mid_.process(AudioBlock(mid_channel, frames));
  side_.process(AudioBlock(side_channel, frames));
  for (int n = 0; n < frames; ++n) {
    const auto k = static_cast<std::size_t>(n);
    left[n] = mid[k] + side[k];
    right[n] = mid[k] - side[k];
  }
}

void StereoField::apply_matrix(float* left, float* right, int frames) noexcept {
  int n = 0;
  const auto is_moving = [&] { return std::ranges::any_of(matrix_, [](const auto& e) { return e.is_moving(); }); };
  for (; n < frames && is_moving(); ++n) {
    const float l = left[n];
    const float r = right[n];
    left[n] = matrix_[0].next() * l + matrix_[1].next() * r;
    right[n] = matrix_[2].next() * l + matrix_[3].next() * r;
  }
  const float a = matrix_[0].value();
  const float b = matrix_[1].value();
  const float c = matrix_[2].value();
  const float d = matrix_[3].value();
  for (; n < frames; ++n) {
    const float l = left[n];
    const float r = right[n];
    left[n] = a * l + b * r;
    right[n] = c * l + d * r;
  }
}

void StereoField::process(AudioBlock block) noexcept {
  std::array<float, kChunkFrames> copy{};
  for (int first = 0, frames = 0; first < block.frame_count(); first += frames) {
    frames = std::min(kChunkFrames, block.frame_count() - first);
    const bool is_on = values_[mono_below_hz] >= kCrossoverHzMin;
    if (!is_on && leaving_frames_ > 0) frames = std::min(frames, leaving_frames_);
    float* left = block.channel(0).data() + first;
    float* right = channels_ == 2 ? block.channel(1).data() + first : copy.data();
    if (channels_ == 1) std::copy_n(left, frames, right);
    if (is_on || leaving_frames_ > 0) narrow_lows(left, right, frames);
    if (!is_on && leaving_frames_ > 0) {
      leaving_frames_ -= frames;
      if (leaving_frames_ == 0) {
        mid_.reset();
        side_.reset();
      }
    }
    apply_matrix(left, right, frames);
  }
}

void StereoField::reset() noexcept {
  aim();
  aim_crossover();
  for (auto& entry : matrix_) entry.jump(entry.target());
  mid_.reset();
  side_.reset();
  leaving_frames_ = 0;
}

void StereoField::archive(dsp::StateArchive& state) { state(values_, matrix_, mid_, side_, leaving_frames_); }

}  // namespace talkback::effects
