#include "engine/effects/modulated_delay.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/one_pole.hpp"

namespace talkback::effects {

namespace {

enum Parameter {
  rate_hz,
  delay_ms,
  depth_ms,
  feedback_percent,
  stereo_phase_degrees,
  shape,
  mix_percent,
  voice_count  // of the chorus only
};

constexpr ParameterInfo kChorus[] = {
    {"rate_hz", "Hz", 0.01, 20.0, 0.6, Taper::logarithmic},
    {"delay_ms", "ms", 0.1, 50.0, 12.0, Taper::logarithmic},
    {"depth_ms", "ms", 0.0, 20.0, 4.0, Taper::linear},
    {"feedback_percent", "%", -95.0, 95.0, 0.0, Taper::linear},
    {"stereo_phase_degrees", "degrees", 0.0, 180.0, 90.0, Taper::linear, Motion::jumps},
    {"shape", "", 0.0, 2.0, 0.0, Taper::linear, Motion::jumps},
    {"mix_percent", "%", 0.0, 100.0, 50.0, Taper::linear},
    {"voices", "", 1.0, 6.0, 3.0, Taper::linear, Motion::jumps},
};

constexpr ParameterInfo kFlanger[] = {
    {"rate_hz", "Hz", 0.01, 20.0, 0.2, Taper::logarithmic},
    {"delay_ms", "ms", 0.1, 10.0, 0.5, Taper::logarithmic},
    {"depth_ms", "ms", 0.0, 10.0, 4.0, Taper::linear},
    {"feedback_percent", "%", -98.0, 98.0, 50.0, Taper::linear},
    {"stereo_phase_degrees", "degrees", 0.0, 180.0, 0.0, Taper::linear, Motion::jumps},
    {"shape", "", 0.0, 2.0, 0.0, Taper::linear, Motion::jumps},
    {"mix_percent", "%", 0.0, 100.0, 50.0, Taper::linear},
};

constexpr double kSmoothingSeconds = 0.030;
constexpr int kTriangle = 2;

std::span<const ParameterInfo> table_of(ModulatedDelay::Kind kind) noexcept {
  return kind == ModulatedDelay::Kind::chorus ? std::span<const ParameterInfo>(kChorus) : kFlanger;
}

}  // namespace

ModulatedDelay::ModulatedDelay(Kind kind) : kind_(kind), values_(table_of(kind)) {}

std::span<const ParameterInfo> ModulatedDelay::parameters() const noexcept { return table_of(kind_); }

void ModulatedDelay::prepare(SampleRate rate, int channels) {
  TALKBACK_CHECK(channels == 1 || channels == 2);
  rate_ = rate;
  channels_ = channels;
  smoothing_pole_ = dsp::pole_of_time(kSmoothingSeconds, rate);
  const double ms = parameters()[delay_ms].max + parameters()[depth_ms].max;
  for (dsp::FractionalDelay& line : lines_) line.prepare(static_cast<std::int64_t>(std::ceil(ms / 1e3 * rate.hz)));
  reset();
}

void ModulatedDelay::set(int index, double value) noexcept {
  if (values_.set(index, value)) aim();
}

void ModulatedDelay::aim() noexcept {
  if (rate_.hz == 0) return;
  step_.set(values_[rate_hz] / rate_.hz);
  feedback_.set(static_cast<float>(values_[feedback_percent] / 100.0));
  mix_.set(static_cast<float>(values_[mix_percent] / 100.0));
}

int ModulatedDelay::voices() const noexcept {
  return kind_ == Kind::flanger ? 1 : std::clamp(static_cast<int>(std::lround(values_[voice_count])), 1, kVoicesMax);
}

void ModulatedDelay::process(AudioBlock block) noexcept {
  std::lround(values_[shape]) == kTriangle ? process_shape<true>(block) : process_shape<false>(block);
}

// The waves of a chunk first, which the compiler makes vectors of; then the lines, frame by frame.
template <bool triangle>
void ModulatedDelay::process_shape(AudioBlock block) noexcept {
  std::array<float, kChunkFrames> turns{};
  std::array<double, kChunkFrames> shortest{};
  std::array<double, kChunkFrames> half_depth{};
  Times times{};
  const auto count = static_cast<std::size_t>(voices());
  const auto stereo = static_cast<float>(values_[stereo_phase_degrees] / 360.0);
  const double delay_target = values_[delay_ms] / 1e3 * rate_.hz;
  const double depth_target = values_[depth_ms] / 1e3 * rate_.hz;
  for (int first = 0; first < block.frame_count(); first += kChunkFrames) {
    const AudioBlock part = block.slice(first, std::min(kChunkFrames, block.frame_count() - first));
    const auto frames = static_cast<std::size_t>(part.frame_count());
    for (std::size_t n = 0; n < frames; ++n) {
      delay_ = delay_target + (delay_ - delay_target) * smoothing_pole_;
      depth_ = depth_target + (depth_ - depth_target) * smoothing_pole_;
      turns[n] = phase_.at(0.0F);
      shortest[n] = delay_;
      half_depth[n] = depth_ * 0.5;
      phase_.advance(step_.next());
    }
    for (std::size_t i = 0; i < count * static_cast<std::size_t>(channels_); ++i) {
      const float offset = static_cast<float>(i % count) / static_cast<float>(count) + (i < count ? 0.0F : stereo);
      for (std::size_t n = 0; n < kChunkFrames; ++n) {
        const float at = turns[n] + offset;
        const auto wave = static_cast<double>(triangle ? dsp::triangle_of_turns(at) : dsp::sine_of_turns(at));
        times[i][n] = std::max(shortest[n] + half_depth[n] * (1.0 + wave), dsp::FractionalDelay::kFramesMin);
      }
    }
    read_lines(part, times);
  }
}

void ModulatedDelay::read_lines(AudioBlock block, const Times& times) noexcept {
  const auto count = static_cast<std::size_t>(voices());
  const float apart = 1.0F / static_cast<float>(count);
  const float level = std::sqrt(apart);
  for (std::size_t n = 0; n < static_cast<std::size_t>(block.frame_count()); ++n) {
    const float feedback = feedback_.next() * apart;
    const float mix = mix_.next();
    for (int c = 0; c < channels_; ++c) {
      dsp::FractionalDelay& line = lines_[static_cast<std::size_t>(c)];
      const auto* voice = &times[static_cast<std::size_t>(c) * count];
      float sum = 0.0F;
      for (std::size_t v = 0; v < count; ++v) sum += line.read(voice[v][n]);
      float& sample = block.channel(c)[n];
      line.push(sample + feedback * sum);
      sample = sample * (1.0F - mix) + sum * level * mix;
    }
  }
}

void ModulatedDelay::reset() noexcept {
  aim();
  for (dsp::FractionalDelay& line : lines_) line.reset();
  phase_ = {};
  step_.jump(step_.target());
  feedback_.jump(feedback_.target());
  mix_.jump(mix_.target());
  delay_ = values_[delay_ms] / 1e3 * rate_.hz;
  depth_ = values_[depth_ms] / 1e3 * rate_.hz;
}

bool ModulatedDelay::spreads() const noexcept { return values_[stereo_phase_degrees] > 0.0; }

Frames ModulatedDelay::tail() const noexcept {
  const double feedback = std::abs(values_[feedback_percent]) / 100.0;
  const double repeats = feedback > 0.001 ? std::ceil(-3.0 / std::log10(feedback)) : 0.0;
  const double seconds = (values_[delay_ms] + values_[depth_ms]) / 1e3;
  return {static_cast<std::int64_t>(seconds * (repeats + 1.0) * rate_.hz)};
}

void ModulatedDelay::archive(dsp::StateArchive& state) {
  state(values_, phase_, step_, delay_, depth_, feedback_, mix_);
  // A damaged archive must not reach beyond the lines.
  const auto bounded = [&](double frames, int index) {
    return frames >= 0.0 ? std::min(frames, parameters()[static_cast<std::size_t>(index)].max / 1e3 * rate_.hz) : 0.0;
  };
  delay_ = bounded(delay_, delay_ms);
  depth_ = bounded(depth_, depth_ms);
  for (int c = 0; c < channels_; ++c) lines_[static_cast<std::size_t>(c)].archive(state);
}

}  // namespace talkback::effects
