#include "engine/effects/gate.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/decibel.hpp"
#include "engine/dsp/one_pole.hpp"

namespace talkback::effects {

namespace {

enum Parameter {
  threshold_db,
  hysteresis_db,
  attack_ms,
  hold_ms,
  release_ms,
  range_db,
  lookahead_ms,
  side_chain_high_pass_hz,
  side_chain_low_pass_hz
};

constexpr ParameterInfo kParameters[] = {
    {"threshold_db", "dB", -100.0, 0.0, -40.0, Taper::linear},
    {"hysteresis_db", "dB", 0.0, 24.0, 4.0, Taper::linear},
    {"attack_ms", "ms", 0.01, 500.0, 1.0, Taper::logarithmic},
    {"hold_ms", "ms", 0.0, 2'000.0, 50.0, Taper::linear},
    {"release_ms", "ms", 1.0, 5'000.0, 100.0, Taper::logarithmic},
    {"range_db", "dB", 0.0, 144.0, 80.0, Taper::linear},
    {"lookahead_ms", "ms", 0.0, 20.0, 0.0, Taper::linear, Motion::jumps},
    {"side_chain_high_pass_hz", "Hz", 0.0, 20'000.0, 0.0, Taper::linear},
    {"side_chain_low_pass_hz", "Hz", 0.0, 20'000.0, 0.0, Taper::linear},
};

// Gains this near are there: the last steps are taken at once.
constexpr double kNear = 1e-7;

}  // namespace

Gate::Gate() : values_(kParameters) {}

std::span<const ParameterInfo> Gate::parameters() const noexcept { return kParameters; }

void Gate::prepare(SampleRate rate, int channels) {
  rate_ = rate;
  side_chain_.prepare(rate);
  look_ahead_.prepare(values_[lookahead_ms], rate, channels, SideChain::kChunkFrames);
  aim();
  reset();
}

void Gate::set(int index, double value) noexcept {
  if (values_.set(index, value) && rate_.hz > 0) aim();
}

void Gate::aim() noexcept {
  side_chain_.set_filters(values_[side_chain_high_pass_hz], values_[side_chain_low_pass_hz]);
  law_.opens_at = static_cast<float>(dsp::gain_from_db(values_[threshold_db]));
  law_.closes_below = static_cast<float>(dsp::gain_from_db(values_[threshold_db] - values_[hysteresis_db]));
  law_.closed_gain = dsp::gain_from_db(-values_[range_db]);
  law_.attack_part = 1.0 - dsp::pole_of_time(values_[attack_ms] / 1e3, rate_);
  law_.release_part = 1.0 - dsp::pole_of_time(values_[release_ms] / 1e3, rate_);
  law_.hold_frames = std::llround(values_[hold_ms] / 1e3 * rate_.hz);
}

void Gate::process_keyed(AudioBlock block, ConstAudioBlock key) noexcept {
  for (int first = 0; first < block.frame_count(); first += SideChain::kChunkFrames) {
    const int frames = std::min(SideChain::kChunkFrames, block.frame_count() - first);
    process_chunk(block.slice(first, frames), key.slice(first, frames));
  }
}

void Gate::process_chunk(AudioBlock block, ConstAudioBlock key) noexcept {
  const auto frames = static_cast<std::size_t>(block.frame_count());
  SideChain::Levels gains;
  side_chain_.measure(key, gains);
  look_ahead_.delay(block);
  for (std::size_t n = 0; n < frames; ++n) {
    const float level = gains[n];
    if (level >= law_.opens_at) is_open_ = true;
    frames_below_ = level < law_.closes_below ? frames_below_ + 1 : 0;
    if (frames_below_ > law_.hold_frames) is_open_ = false;
    const double wanted = is_open_ ? 1.0 : law_.closed_gain;
    const double part = is_open_ ? law_.attack_part : law_.release_part;
    const double missing = wanted - gain_;
    gain_ = std::abs(missing) < kNear ? wanted : gain_ + missing * part;
    gains[n] = static_cast<float>(gain_);
  }
  for (int c = 0; c < block.channel_count(); ++c) {
    float* x = block.channel(c).data();
    for (std::size_t n = 0; n < frames; ++n) x[n] *= gains[n];
  }
}

void Gate::reset() noexcept {
  side_chain_.reset();
  look_ahead_.reset();
  is_open_ = false;
  frames_below_ = 0;
  gain_ = law_.closed_gain;
}

void Gate::archive(dsp::StateArchive& state) {
  state(values_, side_chain_, look_ahead_, is_open_, frames_below_, gain_);
  if (state.is_loading() && rate_.hz > 0) aim();
}

}  // namespace talkback::effects
