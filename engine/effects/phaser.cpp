#include "engine/effects/phaser.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace talkback::effects {

namespace {

enum Parameter {
  rate_hz,
  centre_hz,
  depth_octaves,
  stages,
  feedback_percent,
  stereo_phase_degrees,
  shape,
  mix_percent,
};

constexpr ParameterInfo kParameters[] = {
    {"rate_hz", "Hz", 0.01, 20.0, 0.4, Taper::logarithmic},
    {"centre_hz", "Hz", 50.0, 10'000.0, 800.0, Taper::logarithmic},
    {"depth_octaves", "octaves", 0.0, 8.0, 3.0, Taper::linear},
    {"stages", "", 1.0, 12.0, 6.0, Taper::linear, Motion::jumps},
    {"feedback_percent", "%", -95.0, 95.0, 0.0, Taper::linear},
    {"stereo_phase_degrees", "degrees", 0.0, 180.0, 0.0, Taper::linear, Motion::jumps},
    {"shape", "", 0.0, 2.0, 0.0, Taper::linear, Motion::jumps},
    {"mix_percent", "%", 0.0, 100.0, 50.0, Taper::linear},
};

constexpr int kTriangle = 2;
constexpr double kCornerHzMin = 10.0;
constexpr double kCornerPartMax = 0.49;

}  // namespace

Phaser::Phaser() : values_(kParameters) {}

std::span<const ParameterInfo> Phaser::parameters() const noexcept { return kParameters; }

void Phaser::prepare(SampleRate rate, int channels) {
  TALKBACK_CHECK(channels == 1 || channels == 2);
  rate_ = rate;
  channels_ = channels;
  reset();
}

void Phaser::set(int index, double value) noexcept {
  if (values_.set(index, value)) aim();
}

void Phaser::aim() noexcept {
  stage_count_ = std::clamp(static_cast<int>(std::lround(values_[stages])), 1, kStagesMax);
  feedback_.set(static_cast<float>(values_[feedback_percent] / 100.0));
  mix_.set(static_cast<float>(values_[mix_percent] / 100.0));
  if (rate_.hz > 0) step_.set(values_[rate_hz] / rate_.hz);
}

void Phaser::aim_corner() noexcept {
  const bool is_triangle = std::lround(values_[shape]) == kTriangle;
  // Where the phase will be when the glide arrives.
  const auto ahead = static_cast<float>(step_.target() * dsp::kControlFrames);
  for (std::size_t c = 0; c < 2; ++c) {
    const float turns = phase_.at((c == 1 ? static_cast<float>(values_[stereo_phase_degrees] / 360.0) : 0.0F) + ahead);
    const auto wave = static_cast<double>(is_triangle ? dsp::triangle_of_turns(turns) : dsp::sine_of_turns(turns));
    const double wanted = values_[centre_hz] * std::exp2(0.5 * values_[depth_octaves] * wave);
    const double corner = std::clamp(wanted, kCornerHzMin, kCornerPartMax * rate_.hz);
    const double g = std::tan(std::numbers::pi * corner / rate_.hz);
    gains_[c].set(static_cast<float>(g / (1.0 + g)));
  }
  to_next_corner_ = dsp::kControlFrames;
}

// A stage answers y = a x + 2 (1 - g) s with a = 2 g - 1, so the chain answers product x + rest.
Phaser::Lanes Phaser::next(Lanes input, float feedback) noexcept {
  const Lanes g{gains_[0].next(), gains_[1].next(), 0.0F, 0.0F};
  const Lanes a = g * 2.0F - 1.0F;
  const Lanes from_state = (1.0F - g) * 2.0F;
  Lanes product = Lanes{} + 1.0F;
  Lanes rest{};
  for (int i = 0; i < stage_count_; ++i) {
    rest = a * rest + from_state * stages_[static_cast<std::size_t>(i)];
    product *= a;
  }
  // |product| and |feedback| are below 1.
  Lanes x = (input + rest * feedback) / (1.0F - product * feedback);
  for (int i = 0; i < stage_count_; ++i) {
    Lanes& s = stages_[static_cast<std::size_t>(i)];
    const Lanes v = (x - s) * g;
    const Lanes low = v + s;
    s = low + v;
    x = low * 2.0F - x;
  }
  return x;
}

void Phaser::process(AudioBlock block) noexcept {
  float* left = block.channel(0).data();
  float* right = block.channel(channels_ - 1).data();
  for (int n = 0; n < block.frame_count(); ++n) {
    if (to_next_corner_ == 0) aim_corner();
    --to_next_corner_;
    const Lanes wet = next(Lanes{left[n], right[n], 0.0F, 0.0F}, feedback_.next());
    const float mix = mix_.next();
    if (channels_ == 2) right[n] = right[n] * (1.0F - mix) + wet[1] * mix;
    left[n] = left[n] * (1.0F - mix) + wet[0] * mix;
    phase_.advance(step_.next());
  }
}

void Phaser::reset() noexcept {
  aim();
  phase_ = {};
  step_.jump(step_.target());
  feedback_.jump(feedback_.target());
  mix_.jump(mix_.target());
  stages_ = {};
  if (rate_.hz == 0) return;
  aim_corner();
  for (auto& gain : gains_) gain.jump(gain.target());
}

bool Phaser::spreads() const noexcept { return values_[stereo_phase_degrees] > 0.0; }

void Phaser::archive(dsp::StateArchive& state) {
  state(values_, stage_count_, phase_, step_, gains_, feedback_, mix_, to_next_corner_);
  stage_count_ = std::clamp(stage_count_, 1, kStagesMax);
  for (Lanes& stage : stages_) state.raw(&stage, sizeof stage);
}

}  // namespace talkback::effects
