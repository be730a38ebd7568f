#include "engine/effects/compressor.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/decibel.hpp"

namespace talkback::effects {

namespace {

enum Parameter {
  threshold_db,
  ratio,
  knee_db,
  attack_ms,
  release_ms,
  makeup_db,
  mix_percent,
  detector,
  lookahead_ms,
  side_chain_high_pass_hz,
  side_chain_low_pass_hz,
  auto_makeup
};

constexpr ParameterInfo kParameters[] = {
    {"threshold_db", "dB", -80.0, 0.0, -18.0, Taper::linear},
    {"ratio", ":1", 1.0, 100.0, 4.0, Taper::logarithmic},
    {"knee_db", "dB", 0.0, 36.0, 6.0, Taper::linear},
    {"attack_ms", "ms", 0.05, 500.0, 10.0, Taper::logarithmic},
    {"release_ms", "ms", 1.0, 5'000.0, 120.0, Taper::logarithmic},
    {"makeup_db", "dB", -24.0, 36.0, 0.0, Taper::linear},
    {"mix_percent", "%", 0.0, 100.0, 100.0, Taper::linear},
    {"detector", "", 0.0, 2.0, 0.0, Taper::linear, Motion::jumps},
    {"lookahead_ms", "ms", 0.0, 20.0, 0.0, Taper::linear, Motion::jumps},
    {"side_chain_high_pass_hz", "Hz", 0.0, 20'000.0, 0.0, Taper::linear},
    {"side_chain_low_pass_hz", "Hz", 0.0, 20'000.0, 0.0, Taper::linear},
    {"auto_makeup", "", 0.0, 1.0, 0.0, Taper::linear},
};

constexpr int kDetectorRms = 2;

}  // namespace

Compressor::Compressor() : values_(kParameters) {}

std::span<const ParameterInfo> Compressor::parameters() const noexcept { return kParameters; }

void Compressor::prepare(SampleRate rate, int channels) {
  rate_ = rate;
  side_chain_.prepare(rate);
  look_ahead_.prepare(values_[lookahead_ms], rate, channels, SideChain::kChunkFrames);
  aim();
  reset();
}

void Compressor::set(int index, double value) noexcept {
  if (values_.set(index, value)) aim();
}

GainComputerSettings Compressor::computer_settings() const noexcept {
  return {{values_[threshold_db], values_[ratio], values_[knee_db]},
          values_[attack_ms],
          values_[release_ms],
          std::lround(values_[detector]) == kDetectorRms};
}

void Compressor::aim() noexcept {
  const CompressorCurve curve = computer_settings().curve;
  const double automatic = values_[auto_makeup] >= 0.5 ? effects::gain_reduction_db(curve, 0.0) / 2.0 : 0.0;
  const double mix = values_[mix_percent] / 100.0;
  dry_.set(static_cast<float>(1.0 - mix));
  wet_.set(static_cast<float>(mix * dsp::gain_from_db(values_[makeup_db] + automatic)));
  if (rate_.hz == 0) return;
  side_chain_.set_filters(values_[side_chain_high_pass_hz], values_[side_chain_low_pass_hz]);
  computer_.set(computer_settings(), rate_);
}

void Compressor::process_keyed(AudioBlock block, ConstAudioBlock key) noexcept {
  for (int first = 0; first < block.frame_count(); first += SideChain::kChunkFrames) {
    const int frames = std::min(SideChain::kChunkFrames, block.frame_count() - first);
    process_chunk(block.slice(first, frames), key.slice(first, frames));
  }
}

void Compressor::process_chunk(AudioBlock block, ConstAudioBlock key) noexcept {
  const auto frames = static_cast<std::size_t>(block.frame_count());
  SideChain::Levels gains;
  side_chain_.measure(key, gains);
  const bool reduces = computer_.process(gains, frames);
  gain_ = reduces && frames > 0 ? gains[frames - 1] : 1.0F;
  look_ahead_.delay(block);
  const bool glides = dry_.is_moving() || wet_.is_moving();
  const float dry = dry_.value();
  const float wet = wet_.value();
  if (!reduces && !glides && dry + wet == 1.0F) return;
  if (!reduces) gains.fill(1.0F);
  if (glides) {
    for (std::size_t n = 0; n < frames; ++n) {
      const float dry_now = dry_.next();
      gains[n] = dry_now + wet_.next() * gains[n];
    }
  } else {
    for (std::size_t n = 0; n < frames; ++n) gains[n] = dry + wet * gains[n];
  }
  for (int c = 0; c < block.channel_count(); ++c) {
    float* x = block.channel(c).data();
    for (std::size_t n = 0; n < frames; ++n) x[n] *= gains[n];
  }
}

void Compressor::reset() noexcept {
  side_chain_.reset();
  computer_.reset();
  gain_ = 1.0F;
  look_ahead_.reset();
  dry_.jump(dry_.target());
  wet_.jump(wet_.target());
}

void Compressor::archive(dsp::StateArchive& state) {
  state(values_, side_chain_, computer_, look_ahead_, dry_, wet_);
  if (!state.is_loading() || rate_.hz == 0) return;
  computer_.set(computer_settings(), rate_);
}

}  // namespace talkback::effects
