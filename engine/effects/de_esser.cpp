#include "engine/effects/de_esser.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/fast_math.hpp"
#include "engine/dsp/one_pole.hpp"

namespace talkback::effects {

namespace {

enum Parameter { mode, frequency_hz, threshold_db, range_db, attack_ms, release_ms, listen };

constexpr ParameterInfo kParameters[] = {
    {"mode", "", 0.0, 2.0, 0.0, Taper::linear, Motion::jumps},
    {"frequency_hz", "Hz", 500.0, 16'000.0, 6'000.0, Taper::logarithmic},
    {"threshold_db", "dB", -80.0, 0.0, -30.0, Taper::linear},
    {"range_db", "dB", 0.0, 40.0, 12.0, Taper::linear},
    {"attack_ms", "ms", 0.05, 50.0, 0.5, Taper::logarithmic},
    {"release_ms", "ms", 1.0, 1'000.0, 60.0, Taper::logarithmic},
    {"listen", "", 0.0, 1.0, 0.0, Taper::linear, Motion::jumps},
};

constexpr int kModeWideBand = 2;
constexpr float kLevelMin = 1e-9F;

}  // namespace

DeEsser::DeEsser() : values_(kParameters) {}

std::span<const ParameterInfo> DeEsser::parameters() const noexcept { return kParameters; }

void DeEsser::prepare(SampleRate rate, int) {
  rate_ = rate;
  aim();
  reset();
}

void DeEsser::set(int index, double value) noexcept {
  if (values_.set(index, value) && rate_.hz > 0) aim();
}

void DeEsser::aim() noexcept {
  frequency_.set(values_[frequency_hz], rate_);
  attack_pole_ = static_cast<float>(dsp::pole_of_time(values_[attack_ms] / 1e3, rate_));
  release_pole_ = static_cast<float>(dsp::pole_of_time(values_[release_ms] / 1e3, rate_));
}

void DeEsser::process(AudioBlock block) noexcept {
  for (int first = 0; first < block.frame_count(); first += kChunkFrames)
    process_chunk(block.slice(first, std::min(kChunkFrames, block.frame_count() - first)));
}

void DeEsser::split(ConstAudioBlock block, Bands& low, Bands& high) noexcept {
  const float* left = block.channel(0).data();
  const float* right = block.channel(block.channel_count() - 1).data();
  for (std::size_t n = 0; n < block.channel(0).size(); ++n) {
    frequency_.advance();
    const dsp::Crossover::Bands bands =
        crossover_.next(dsp::SamplePair{static_cast<double>(left[n]), static_cast<double>(right[n])}, frequency_);
    for (std::size_t c = 0; c < 2; ++c) {
      low[c][n] = static_cast<float>(bands.low[c]);
      high[c][n] = static_cast<float>(bands.high[c]);
    }
  }
}

void DeEsser::process_chunk(AudioBlock block) noexcept {
  const auto frames = static_cast<std::size_t>(block.frame_count());
  Bands low;
  Bands high;
  split(block, low, high);

  const auto threshold = static_cast<float>(values_[threshold_db]);
  const auto range = static_cast<float>(values_[range_db]);
  SideChain::Levels gains;
  for (std::size_t n = 0; n < frames; ++n) {
    const float level = std::max(std::max(std::abs(high[0][n]), std::abs(high[1][n])), kLevelMin);
    gains[n] = std::min(std::max(dsp::log2_of(level) * dsp::kDbPerOctave - threshold, 0.0F), range);
  }
  for (std::size_t n = 0; n < frames; ++n) gains[n] = envelope_.next(gains[n], attack_pole_, release_pole_);
  for (std::size_t n = 0; n < frames; ++n) gains[n] = dsp::exp2_of(gains[n] * (-1.0F / dsp::kDbPerOctave));

  const bool is_wide = std::lround(values_[mode]) == kModeWideBand;
  for (int c = 0; c < block.channel_count(); ++c) {
    const auto k = static_cast<std::size_t>(c);
    float* x = block.channel(c).data();
    if (values_[listen] >= 0.5) {
      std::copy_n(high[k].begin(), frames, x);
    } else if (is_wide) {
      for (std::size_t n = 0; n < frames; ++n) x[n] *= gains[n];
    } else {
      for (std::size_t n = 0; n < frames; ++n) x[n] = low[k][n] + gains[n] * high[k][n];
    }
  }
}

void DeEsser::reset() noexcept {
  frequency_.reset();
  crossover_.reset();
  envelope_ = {};
}

void DeEsser::archive(dsp::StateArchive& state) {
  state(values_, frequency_, crossover_, envelope_);
  if (state.is_loading() && rate_.hz > 0) aim();
}

}  // namespace talkback::effects
