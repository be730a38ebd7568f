#include "engine/effects/multiband_compressor.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/decibel.hpp"

namespace talkback::effects {

namespace {

enum BandParameter { threshold_db, ratio, knee_db, attack_ms, release_ms, makeup_db, bypassed, solo, kBandParameters };

#define TALKBACK_COMPRESSOR_BAND(n)                                               \
  {"band_" #n ".threshold_db", "dB", -80.0, 0.0, -18.0, Taper::linear},           \
      {"band_" #n ".ratio", ":1", 1.0, 100.0, 2.0, Taper::logarithmic},           \
      {"band_" #n ".knee_db", "dB", 0.0, 36.0, 6.0, Taper::linear},               \
      {"band_" #n ".attack_ms", "ms", 0.05, 500.0, 10.0, Taper::logarithmic},     \
      {"band_" #n ".release_ms", "ms", 1.0, 5'000.0, 120.0, Taper::logarithmic},  \
      {"band_" #n ".makeup_db", "dB", -24.0, 36.0, 0.0, Taper::linear},           \
      {"band_" #n ".bypassed", "", 0.0, 1.0, 0.0, Taper::linear}, ParameterInfo { \
    "band_" #n ".solo", "", 0.0, 1.0, 0.0, Taper::linear                          \
  }

constexpr ParameterInfo kParameters[] = {
    TALKBACK_COMPRESSOR_BAND(1),
    TALKBACK_COMPRESSOR_BAND(2),
    TALKBACK_COMPRESSOR_BAND(3),
    TALKBACK_COMPRESSOR_BAND(4),
    {"crossover_1_hz", "Hz", 20.0, 20'000.0, 120.0, Taper::logarithmic},
    {"crossover_2_hz", "Hz", 20.0, 20'000.0, 1'000.0, Taper::logarithmic},
    {"crossover_3_hz", "Hz", 20.0, 20'000.0, 6'000.0, Taper::logarithmic},
    {"detector", "", 0.0, 2.0, 0.0, Taper::linear, Motion::jumps},
    {"mix_percent", "%", 0.0, 100.0, 100.0, Taper::linear},
    {"output_db", "dB", -24.0, 24.0, 0.0, Taper::linear},
};
#undef TALKBACK_COMPRESSOR_BAND

constexpr int kCrossovers = MultibandCompressor::kBands * kBandParameters;
constexpr int kDetector = kCrossovers + 3;
constexpr int kMixPercent = kDetector + 1;
constexpr int kOutputDb = kMixPercent + 1;
static_assert(std::size(kParameters) == kOutputDb + 1);

constexpr int kDetectorRms = 2;

}  // namespace

MultibandCompressor::MultibandCompressor() : values_(kParameters) {}

std::span<const ParameterInfo> MultibandCompressor::parameters() const noexcept { return kParameters; }

void MultibandCompressor::prepare(SampleRate rate, int) {
  rate_ = rate;
  aim();
  reset();
}

void MultibandCompressor::set(int index, double value) noexcept {
  if (values_.set(index, value) && rate_.hz > 0) aim();
}

void MultibandCompressor::set_computers() noexcept {
  for (int b = 0; b < kBands; ++b) {
    const auto value = [&](BandParameter parameter) { return values_[b * kBandParameters + parameter]; };
    bands_[static_cast<std::size_t>(b)].computer.set({{value(threshold_db), value(ratio), value(knee_db)},
                                                      value(attack_ms),
                                                      value(release_ms),
                                                      std::lround(values_[kDetector]) == kDetectorRms},
                                                     rate_);
  }
}

void MultibandCompressor::aim() noexcept {
  set_computers();
  double hz = 0.0;
  for (int i = 0; i < 3; ++i) {
    hz = std::max(hz, values_[kCrossovers + i]);
    frequencies_[static_cast<std::size_t>(i)].set(hz, rate_);
  }
  bool any_solo = false;
  for (int b = 0; b < kBands; ++b) any_solo |= values_[b * kBandParameters + solo] >= 0.5;
  const double mix = values_[kMixPercent] / 100.0;
  for (int b = 0; b < kBands; ++b) {
    const auto value = [&](BandParameter parameter) { return values_[b * kBandParameters + parameter]; };
    const bool is_heard = !any_solo || value(solo) >= 0.5;
    const double gain = is_heard ? dsp::gain_from_db(values_[kOutputDb]) : 0.0;
    const double wet = value(bypassed) >= 0.5 ? 0.0 : mix;
    Band& band = bands_[static_cast<std::size_t>(b)];
    band.dry.set(static_cast<float>(gain * (1.0 - wet)));
    band.wet.set(static_cast<float>(gain * wet * dsp::gain_from_db(value(makeup_db))));
  }
}

void MultibandCompressor::process(AudioBlock block) noexcept {
  for (int first = 0; first < block.frame_count(); first += SideChain::kChunkFrames)
    process_chunk(block.slice(first, std::min(SideChain::kChunkFrames, block.frame_count() - first)));
}

void MultibandCompressor::split(ConstAudioBlock block, BandSounds& sounds) noexcept {
  const float* left = block.channel(0).data();
  const float* right = block.channel(block.channel_count() - 1).data();
  for (std::size_t n = 0; n < block.channel(0).size(); ++n) {
    for (dsp::CrossoverFrequency& frequency : frequencies_) frequency.advance();
    const dsp::SamplePair x{static_cast<double>(left[n]), static_cast<double>(right[n])};
    const dsp::Crossover::Bands halves = middle_.next(x, frequencies_[1]);
    const dsp::Crossover::Bands lower =
        lower_.next(lower_all_pass_.all_pass(halves.low, frequencies_[2]), frequencies_[0]);
    const dsp::Crossover::Bands upper =
        upper_.next(upper_all_pass_.all_pass(halves.high, frequencies_[0]), frequencies_[2]);
    for (std::size_t c = 0; c < 2; ++c) {
      sounds[0][c][n] = static_cast<float>(lower.low[c]);
      sounds[1][c][n] = static_cast<float>(lower.high[c]);
      sounds[2][c][n] = static_cast<float>(upper.low[c]);
      sounds[3][c][n] = static_cast<float>(upper.high[c]);
    }
  }
}

void MultibandCompressor::process_chunk(AudioBlock block) noexcept {
  const auto frames = static_cast<std::size_t>(block.frame_count());
  BandSounds sounds;
  split(block, sounds);
  clear(block);
  gain_ = 1.0F;
  for (std::size_t b = 0; b < kBands; ++b) {
    Band& band = bands_[b];
    SideChain::Levels gains{};
    for (std::size_t n = 0; n < frames; ++n) gains[n] = std::max(std::abs(sounds[b][0][n]), std::abs(sounds[b][1][n]));
    if (!band.computer.process(gains, frames)) gains.fill(1.0F);
    if (frames > 0) gain_ = std::min(gain_, gains[frames - 1]);
    if (band.dry.is_moving() || band.wet.is_moving()) {
      for (std::size_t n = 0; n < frames; ++n) {
        const float dry = band.dry.next();
        gains[n] = dry + band.wet.next() * gains[n];
      }
    } else {
      const float dry = band.dry.value();
      const float wet = band.wet.value();
      for (std::size_t n = 0; n < frames; ++n) gains[n] = dry + wet * gains[n];
    }
    for (int c = 0; c < block.channel_count(); ++c) {
      const SideChain::Levels& sound = sounds[b][static_cast<std::size_t>(c)];
      float* x = block.channel(c).data();
      for (std::size_t n = 0; n < frames; ++n) x[n] += sound[n] * gains[n];
    }
  }
}

void MultibandCompressor::reset() noexcept {
  for (dsp::CrossoverFrequency& frequency : frequencies_) frequency.reset();
  middle_.reset();
  lower_.reset();
  upper_.reset();
  lower_all_pass_ = upper_all_pass_ = {};
  gain_ = 1.0F;
  for (Band& band : bands_) {
    band.computer.reset();
    band.dry.jump(band.dry.target());
    band.wet.jump(band.wet.target());
  }
}

void MultibandCompressor::archive(dsp::StateArchive& state) {
  state(values_, frequencies_, middle_, lower_, upper_, lower_all_pass_, upper_all_pass_, bands_);
  if (state.is_loading() && rate_.hz > 0) set_computers();
}

}  // namespace talkback::effects
