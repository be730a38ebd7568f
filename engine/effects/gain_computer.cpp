#include "engine/effects/gain_computer.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/decibel.hpp"
#include "engine/dsp/fast_math.hpp"
#include "engine/dsp/one_pole.hpp"
#include "engine/dsp/vectorise.hpp"

namespace talkback::effects {

namespace {

constexpr double kRmsSeconds = 0.010;
// -180 dB: what silence reads, so that no logarithm of 0 is taken.
constexpr float kLevelMin = 1e-9F;

struct Curve {
  float floor;
  float factor;
  float threshold_db;
  float slope;
  float knee_db;
  float knee_factor;
};

// Magnitudes become wanted reductions in dB.
TALKBACK_VECTORISE void apply_curve(float* levels, std::size_t frames, const Curve& in) noexcept {
  const Curve curve = in;
  for (std::size_t n = 0; n < frames; ++n) {
    const float over = dsp::log2_of(std::max(levels[n], curve.floor)) * curve.factor - curve.threshold_db;
    const float in_knee = std::min(std::max(over + 0.5F * curve.knee_db, 0.0F), curve.knee_db);
    levels[n] = curve.slope * (in_knee * in_knee * curve.knee_factor + std::max(over - 0.5F * curve.knee_db, 0.0F));
  }
}

// Reductions in dB become gains.
TALKBACK_VECTORISE void make_gains(float* levels, std::size_t frames) noexcept {
  for (std::size_t n = 0; n < frames; ++n) levels[n] = dsp::exp2_of(levels[n] * (-1.0F / dsp::kDbPerOctave));
}

}  // namespace

double gain_reduction_db(const CompressorCurve& curve, double level_db) noexcept {
  const double over = level_db - curve.threshold_db;
  const double slope = 1.0 - 1.0 / curve.ratio;
  if (2.0 * over < -curve.knee_db) return 0.0;
  if (2.0 * over > curve.knee_db) return slope * over;
  if (curve.knee_db == 0.0) return 0.0;
  return slope * (over + curve.knee_db / 2.0) * (over + curve.knee_db / 2.0) / (2.0 * curve.knee_db);
}

void GainComputer::set(const GainComputerSettings& settings, SampleRate rate) noexcept {
  const CompressorCurve& curve = settings.curve;
  threshold_db_ = static_cast<float>(curve.threshold_db);
  slope_ = static_cast<float>(1.0 - 1.0 / curve.ratio);
  knee_db_ = static_cast<float>(curve.knee_db);
  knee_factor_ = knee_db_ > 0.0F ? 0.5F / knee_db_ : 0.0F;
  envelope_.set(dsp::pole_of_time(settings.attack_ms / 1e3, rate), dsp::pole_of_time(settings.release_ms / 1e3, rate));
  rms_pole_ = static_cast<float>(dsp::pole_of_time(kRmsSeconds, rate));
  is_rms_ = settings.is_rms;
  // A little lower, for the error of the logarithm.
  const double quiet = dsp::gain_from_db(curve.threshold_db - curve.knee_db / 2.0 - 0.001);
  quiet_ = static_cast<float>(is_rms_ ? quiet * quiet : quiet);
}

void GainComputer::reset() noexcept {
  mean_square_ = 0.0F;
  envelope_.reset();
}

bool GainComputer::process(SideChain::Levels& levels, std::size_t frames) noexcept {
  if (is_rms_) {
    float mean_square = mean_square_;
    for (std::size_t n = 0; n < frames; ++n) {
      const float square = levels[n] * levels[n];
      mean_square = square + (mean_square - square) * rms_pole_;
      levels[n] = mean_square;
    }
    mean_square_ = mean_square;
  }
  if (envelope_.is_at_rest()) {
    float greatest = 0.0F;
    for (std::size_t n = 0; n < frames; ++n) greatest = std::max(greatest, levels[n]);
    if (greatest < quiet_) {
      envelope_.rest(frames);
      return false;
    }
  }

  // A whole number of vectors.
  const std::size_t padded = std::min((frames + 15) / 16 * 16, levels.size());
  const float floor = is_rms_ ? kLevelMin * kLevelMin : kLevelMin;
  const float factor = is_rms_ ? dsp::kDbPerOctave / 2.0F : dsp::kDbPerOctave;
  apply_curve(levels.data(), padded, {floor, factor, threshold_db_, slope_, knee_db_, knee_factor_});
  envelope_.process(levels.data(), frames);
  make_gains(levels.data(), padded);
  return true;
}

}  // namespace talkback::effects
