#include "engine/effects/expander.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/decibel.hpp"
#include "engine/dsp/fast_math.hpp"
#include "engine/dsp/one_pole.hpp"

namespace talkback::effects {

namespace {

enum Parameter {
  threshold_db,
  ratio,
  knee_db,
  range_db,
  attack_ms,
  release_ms,
  lookahead_ms,
  side_chain_high_pass_hz,
  side_chain_low_pass_hz
};

constexpr ParameterInfo kParameters[] = {
    {"threshold_db", "dB", -100.0, 0.0, -40.0, Taper::linear},
    {"ratio", ":1", 1.0, 100.0, 2.0, Taper::logarithmic},
    {"knee_db", "dB", 0.0, 36.0, 6.0, Taper::linear},
    {"range_db", "dB", 0.0, 100.0, 40.0, Taper::linear},
    {"attack_ms", "ms", 0.05, 500.0, 2.0, Taper::logarithmic},
    {"release_ms", "ms", 1.0, 5'000.0, 150.0, Taper::logarithmic},
    {"lookahead_ms", "ms", 0.0, 20.0, 0.0, Taper::linear, Motion::jumps},
    {"side_chain_high_pass_hz", "Hz", 0.0, 20'000.0, 0.0, Taper::linear},
    {"side_chain_low_pass_hz", "Hz", 0.0, 20'000.0, 0.0, Taper::linear},
};

constexpr double kWindowSeconds = 0.010;
// -180 dB: what silence reads.
constexpr float kLevelMin = 1e-9F;
// Reductions this small, in dB, are none: the last steps of the attack are taken at once.
constexpr double kReductionMin = 1e-5;

}  // namespace

double expander_reduction_db(const ExpanderCurve& curve, double level_db) noexcept {
  const double below = curve.threshold_db - level_db;
  const double in_knee = std::clamp(below + curve.knee_db / 2.0, 0.0, curve.knee_db);
  const double knee_part = curve.knee_db > 0.0 ? in_knee * in_knee / (2.0 * curve.knee_db) : 0.0;
  return std::min((curve.ratio - 1.0) * (knee_part + std::max(below - curve.knee_db / 2.0, 0.0)), curve.range_db);
}

Expander::Expander() : values_(kParameters) {}

std::span<const ParameterInfo> Expander::parameters() const noexcept { return kParameters; }

void Expander::prepare(SampleRate rate, int channels) {
  rate_ = rate;
  side_chain_.prepare(rate);
  look_ahead_.prepare(values_[lookahead_ms], rate, channels, SideChain::kChunkFrames);
  window_.prepare(std::max(1, static_cast<int>(std::lround(kWindowSeconds * rate.hz))));
  aim();
  reset();
}

void Expander::set(int index, double value) noexcept {
  if (values_.set(index, value) && rate_.hz > 0) aim();
}

void Expander::aim() noexcept {
  side_chain_.set_filters(values_[side_chain_high_pass_hz], values_[side_chain_low_pass_hz]);
  attack_part_ = 1.0 - dsp::pole_of_time(values_[attack_ms] / 1e3, rate_);
  release_part_ = 1.0 - dsp::pole_of_time(values_[release_ms] / 1e3, rate_);
}

void Expander::process_keyed(AudioBlock block, ConstAudioBlock key) noexcept {
  for (int first = 0; first < block.frame_count(); first += SideChain::kChunkFrames) {
    const int frames = std::min(SideChain::kChunkFrames, block.frame_count() - first);
    process_chunk(block.slice(first, frames), key.slice(first, frames));
  }
}

void Expander::process_chunk(AudioBlock block, ConstAudioBlock key) noexcept {
  const auto frames = static_cast<std::size_t>(block.frame_count());
  SideChain::Levels work;
  side_chain_.measure(key, work);
  look_ahead_.delay(block);
  for (std::size_t n = 0; n < frames; ++n) work[n] = -window_.next(-work[n]);

  const auto threshold = static_cast<float>(values_[threshold_db]);
  const auto slope = static_cast<float>(values_[ratio] - 1.0);
  const auto knee = static_cast<float>(values_[knee_db]);
  const auto range = static_cast<float>(values_[range_db]);
  const float knee_factor = knee > 0.0F ? 0.5F / knee : 0.0F;
  for (std::size_t n = 0; n < work.size(); ++n) {
    const float below = threshold - dsp::log2_of(std::max(work[n], kLevelMin)) * dsp::kDbPerOctave;
    const float in_knee = std::min(std::max(below + 0.5F * knee, 0.0F), knee);
    const float reduction = slope * (in_knee * in_knee * knee_factor + std::max(below - 0.5F * knee, 0.0F));
    work[n] = std::min(reduction, range);
  }
  double smoothed = reduction_db_;
  for (std::size_t n = 0; n < frames; ++n) {
    const auto wanted = static_cast<double>(work[n]);
    const double part = wanted < smoothed ? attack_part_ : release_part_;
    smoothed += (wanted - smoothed) * part;
    smoothed = smoothed < kReductionMin ? 0.0 : smoothed;
    work[n] = static_cast<float>(smoothed);
  }
  reduction_db_ = smoothed;
  for (float& value : work) value = dsp::exp2_of(value * (-1.0F / dsp::kDbPerOctave));
  for (int c = 0; c < block.channel_count(); ++c) {
    float* x = block.channel(c).data();
    for (std::size_t n = 0; n < frames; ++n) x[n] *= work[n];
  }
}

void Expander::reset() noexcept {
  side_chain_.reset();
  look_ahead_.reset();
  window_.reset();
  // Silence came before.
  reduction_db_ =
      expander_reduction_db({values_[threshold_db], values_[ratio], values_[knee_db], values_[range_db]}, -180.0);
}

void Expander::archive(dsp::StateArchive& state) {
  state(values_, side_chain_, look_ahead_, window_, reduction_db_);
  if (state.is_loading() && rate_.hz > 0) aim();
}

}  // namespace talkback::effects
