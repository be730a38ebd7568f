#include "engine/effects/compressor.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/dsp/decibel.hpp"
#include "engine/dsp/fast_math.hpp"
#include "engine/dsp/one_pole.hpp"

namespace talkback::effects {

namespace {

enum Parameter { threshold_db, ratio, knee_db, attack_ms, release_ms, makeup_db, mix_percent, detector };

constexpr ParameterInfo kParameters[] = {
    {"threshold_db", "dB", -80.0, 0.0, -18.0, Taper::linear},
    {"ratio", ":1", 1.0, 100.0, 4.0, Taper::logarithmic},
    {"knee_db", "dB", 0.0, 36.0, 6.0, Taper::linear},
    {"attack_ms", "ms", 0.05, 500.0, 10.0, Taper::logarithmic},
    {"release_ms", "ms", 1.0, 5'000.0, 120.0, Taper::logarithmic},
    {"makeup_db", "dB", -24.0, 36.0, 0.0, Taper::linear},
    {"mix_percent", "%", 0.0, 100.0, 100.0, Taper::linear},
    {"detector", "", 0.0, 2.0, 0.0, Taper::linear},
};

constexpr int kDetectorRms = 2;
constexpr double kRmsSeconds = 0.010;
constexpr int kChunkFrames = 128;
// -180 dB: what silence reads, so that no logarithm of 0 is taken.
constexpr float kLevelMin = 1e-9F;

}  // namespace

double gain_reduction_db(const CompressorCurve& curve, double level_db) noexcept {
  const double over = level_db - curve.threshold_db;
  const double slope = 1.0 - 1.0 / curve.ratio;
  if (2.0 * over < -curve.knee_db) return 0.0;
  if (2.0 * over > curve.knee_db) return slope * over;
  if (curve.knee_db == 0.0) return 0.0;
  return slope * (over + curve.knee_db / 2.0) * (over + curve.knee_db / 2.0) / (2.0 * curve.knee_db);
}

Compressor::Compressor() : values_(kParameters) {}

std::span<const ParameterInfo> Compressor::parameters() const noexcept { return kParameters; }

void Compressor::prepare(SampleRate rate, int) {
  rate_ = rate;
  reset();
}

void Compressor::set(int index, double value) noexcept {
  if (!values_.set(index, value)) return;
  const double mix = values_[mix_percent] / 100.0;
  dry_.set(static_cast<float>(1.0 - mix));
  wet_.set(static_cast<float>(mix * dsp::gain_from_db(values_[makeup_db])));
}

void Compressor::process(AudioBlock block) noexcept {
  for (int first = 0; first < block.frame_count(); first += kChunkFrames) {
    process_chunk(block.slice(first, std::min(kChunkFrames, block.frame_count() - first)));
  }
}

void Compressor::measure(ConstAudioBlock block, std::span<float> levels_db) noexcept {
  std::array<float, kChunkFrames> magnitudes{};
  const auto frames = levels_db.size();
  for (int c = 0; c < block.channel_count(); ++c) {
    const float* x = block.channel(c).data();
    for (std::size_t n = 0; n < frames; ++n) magnitudes[n] = std::max(magnitudes[n], std::abs(x[n]));
  }
  const bool is_rms = std::lround(values_[detector]) == kDetectorRms;
  if (is_rms) {
    const auto pole = static_cast<float>(dsp::pole_of_time(kRmsSeconds, rate_));
    for (std::size_t n = 0; n < frames; ++n) {
      const float square = magnitudes[n] * magnitudes[n];
      mean_square_ = square + (mean_square_ - square) * pole;
      magnitudes[n] = mean_square_;
    }
  }
  const float floor = is_rms ? kLevelMin * kLevelMin : kLevelMin;
  const float factor = is_rms ? dsp::kDbPerOctave / 2.0F : dsp::kDbPerOctave;
  for (std::size_t n = 0; n < kChunkFrames; ++n) magnitudes[n] = dsp::log2_of(std::max(magnitudes[n], floor)) * factor;
  std::copy_n(magnitudes.begin(), frames, levels_db.begin());
}

void Compressor::process_chunk(AudioBlock block) noexcept {
  const auto frames = static_cast<std::size_t>(block.frame_count());
  std::array<float, kChunkFrames> work{};
  measure(block, std::span(work).first(frames));

  const auto threshold = static_cast<float>(values_[threshold_db]);
  const auto slope = static_cast<float>(1.0 - 1.0 / values_[ratio]);
  const auto knee = static_cast<float>(values_[knee_db]);
  const float knee_factor = knee > 0.0F ? 0.5F / knee : 0.0F;
  for (std::size_t n = 0; n < kChunkFrames; ++n) {
    const float over = work[n] - threshold;
    const float in_knee = std::min(std::max(over + 0.5F * knee, 0.0F), knee);
    work[n] = slope * (in_knee * in_knee * knee_factor + std::max(over - 0.5F * knee, 0.0F));
  }

  const auto attack = static_cast<float>(dsp::pole_of_time(values_[attack_ms] / 1e3, rate_));
  const auto release = static_cast<float>(dsp::pole_of_time(values_[release_ms] / 1e3, rate_));
  dsp::EnvelopeFollower envelope = envelope_;
  for (std::size_t n = 0; n < frames; ++n) work[n] = envelope.next(work[n], attack, release);
  envelope_ = envelope;

  for (std::size_t n = 0; n < kChunkFrames; ++n) work[n] = dsp::exp2_of(work[n] * (-1.0F / dsp::kDbPerOctave));
  if (dry_.is_moving() || wet_.is_moving()) {
    for (std::size_t n = 0; n < frames; ++n) {
      const float dry = dry_.next();
      work[n] = dry + wet_.next() * work[n];
    }
  } else {
    const float dry = dry_.value();
    const float wet = wet_.value();
    for (std::size_t n = 0; n < kChunkFrames; ++n) work[n] = dry + wet * work[n];
  }
  for (int c = 0; c < block.channel_count(); ++c) {
    float* x = block.channel(c).data();
    for (std::size_t n = 0; n < frames; ++n) x[n] *= work[n];
  }
}

void Compressor::reset() noexcept {
  mean_square_ = 0.0F;
  envelope_ = {};
  dry_.jump(dry_.target());
  wet_.jump(wet_.target());
}

void Compressor::archive(dsp::StateArchive& state) { state(values_, mean_square_, envelope_, dry_, wet_); }

}  // namespace talkback::effects
