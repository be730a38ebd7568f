#include "engine/effects/utility.hpp"

#include <algorithm>

#include "engine/dsp/decibel.hpp"
#include "engine/dsp/one_pole.hpp"

namespace talkback::effects {

namespace {

enum Parameter { gain_db, left_polarity_inverted, right_polarity_inverted, swap_channels, mono, dc_filter };

constexpr ParameterInfo kParameters[] = {
    {"gain_db", "dB", -144.0, 36.0, 0.0, Taper::linear},
    {"left_polarity_inverted", "", 0.0, 1.0, 0.0, Taper::linear},
    {"right_polarity_inverted", "", 0.0, 1.0, 0.0, Taper::linear},
    {"swap_channels", "", 0.0, 1.0, 0.0, Taper::linear},
    {"mono", "", 0.0, 1.0, 0.0, Taper::linear},
    {"dc_filter", "", 0.0, 1.0, 0.0, Taper::linear},
};

constexpr double kDcHz = 5.0;

}  // namespace

Utility::Utility() : values_(kParameters) {}

std::span<const ParameterInfo> Utility::parameters() const noexcept { return kParameters; }

void Utility::prepare(SampleRate rate, int channels) {
  TALKBACK_CHECK(channels == 1 || channels == 2);
  rate_ = rate;
  channels_ = channels;
  dc_pole_ = dsp::pole_of_frequency(kDcHz, rate);
  reset();
}

void Utility::set(int index, double value) noexcept {
  if (values_.set(index, value)) aim();
}

void Utility::aim() noexcept {
  const auto is_on = [&](int index) { return values_[index] >= 0.5; };
  const double gain = dsp::gain_from_db(values_[gain_db]);
  const double left = is_on(left_polarity_inverted) ? -gain : gain;
  const double right = is_on(right_polarity_inverted) ? -gain : gain;
  std::array<double, 4> matrix = {left, 0.0, 0.0, right};
  if (channels_ == 2) {
    if (is_on(swap_channels)) matrix = {0.0, right, left, 0.0};
    if (is_on(mono)) matrix = {0.5 * left, 0.5 * right, 0.5 * left, 0.5 * right};
  }
  for (std::size_t i = 0; i < matrix.size(); ++i) matrix_[i].set(static_cast<float>(matrix[i]));
  dc_amount_.set(is_on(dc_filter) ? 1.0F : 0.0F);
}

bool Utility::is_moving() const noexcept {
  return std::ranges::any_of(matrix_, [](const auto& entry) { return entry.is_moving(); });
}

void Utility::process(AudioBlock block) noexcept {
  float* left = block.channel(0).data();
  float* right = block.channel(channels_ - 1).data();
  int n = 0;
  for (; n < block.frame_count() && is_moving(); ++n) {
    const float l = left[n];
    const float r = channels_ == 2 ? right[n] : 0.0F;
    const float from_left = matrix_[0].next() * l + matrix_[1].next() * r;
    const float from_right = matrix_[2].next() * l + matrix_[3].next() * r;
    if (channels_ == 2) right[n] = from_right;
    left[n] = from_left;
  }
  const float a = matrix_[0].value();
  const float b = matrix_[1].value();
  const float c = matrix_[2].value();
  const float d = matrix_[3].value();
  if (channels_ == 1) {
    for (; n < block.frame_count(); ++n) left[n] = a * left[n] + b * 0.0F;
  } else if (a != 1.0F || b != 0.0F || c != 0.0F || d != 1.0F) {
    for (; n < block.frame_count(); ++n) {
      const float l = left[n];
      const float r = right[n];
      left[n] = a * l + b * r;
      right[n] = c * l + d * r;
    }
  }
  remove_direct_current(block);
}

// The mean is followed while the filter is off as well, so that it works at once when it is switched on.
void Utility::remove_direct_current(AudioBlock block) noexcept {
  for (int n = 0; n < block.frame_count(); ++n) {
    const float amount = dc_amount_.next();
    for (int c = 0; c < channels_; ++c) {
      float& sample = block.channel(c)[static_cast<std::size_t>(n)];
      double& mean = dc_[static_cast<std::size_t>(c)];
      const auto input = static_cast<double>(sample);
      mean = input + (mean - input) * dc_pole_;
      if (amount > 0.0F) sample = static_cast<float>(input - mean * static_cast<double>(amount));
    }
  }
}

void Utility::reset() noexcept {
  aim();
  for (auto& entry : matrix_) entry.jump(entry.target());
  dc_amount_.jump(dc_amount_.target());
  dc_ = {};
}

void Utility::archive(dsp::StateArchive& state) { state(values_, matrix_, dc_amount_, dc_); }

}  // namespace talkback::effects
