#include "engine/effects/tremolo.hpp"

#include <algorithm>
#include <cmath>

namespace talkback::effects {

namespace {

enum Parameter { rate_hz, depth_percent, shape, stereo_phase_degrees };

constexpr ParameterInfo kParameters[] = {
    {"rate_hz", "Hz", 0.01, 40.0, 5.0, Taper::logarithmic},
    {"depth_percent", "%", 0.0, 100.0, 50.0, Taper::linear},
    {"shape", "", 0.0, 3.0, 0.0, Taper::linear, Motion::jumps},
    {"stereo_phase_degrees", "degrees", 0.0, 180.0, 0.0, Taper::linear, Motion::jumps},
};

enum Shape { unspecified, sine, triangle, square };

}  // namespace

Tremolo::Tremolo() : values_(kParameters) {}

std::span<const ParameterInfo> Tremolo::parameters() const noexcept { return kParameters; }

void Tremolo::prepare(SampleRate rate, int channels) {
  TALKBACK_CHECK(channels == 1 || channels == 2);
  rate_ = rate;
  channels_ = channels;
  reset();
}

void Tremolo::set(int index, double value) noexcept {
  if (values_.set(index, value)) aim();
}

void Tremolo::aim() noexcept {
  depth_.set(static_cast<float>(values_[depth_percent] / 100.0));
  if (rate_.hz > 0) step_.set(values_[rate_hz] / rate_.hz);
}

void Tremolo::process(AudioBlock block) noexcept {
  const long wanted = std::lround(values_[shape]);
  const auto stereo = static_cast<float>(values_[stereo_phase_degrees] / 360.0);
  // The triangle rises by 4 a turn; an edge of the square by 2 in kEdgeSeconds.
  const auto steepness = static_cast<float>(std::max(1.0, 2.0 / (kEdgeSeconds * 4.0 * values_[rate_hz])));
  for (int n = 0; n < block.frame_count(); ++n) {
    const float depth = depth_.next();
    for (int c = 0; c < channels_; ++c) {
      const float turns = phase_.at(0.25F + (c == 1 ? stereo : 0.0F));
      float wave = wanted <= sine ? dsp::sine_of_turns(turns) : dsp::triangle_of_turns(turns);
      if (wanted == square) wave = std::clamp(wave * steepness, -1.0F, 1.0F);
      block.channel(c)[static_cast<std::size_t>(n)] *= 1.0F - depth * 0.5F * (1.0F - wave);
    }
    phase_.advance(step_.next());
  }
}

void Tremolo::reset() noexcept {
  aim();
  phase_ = {};
  step_.jump(step_.target());
  depth_.jump(depth_.target());
}

bool Tremolo::spreads() const noexcept { return values_[stereo_phase_degrees] > 0.0; }

void Tremolo::archive(dsp::StateArchive& state) { state(values_, phase_, step_, depth_); }

}  // namespace talkback::effects
