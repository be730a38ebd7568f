#include "engine/analysis/loudness.hpp"

#include <cmath>
#include <vector>

#include "engine/analysis/loudness_gates.hpp"
#include "engine/analysis/true_peak_meter.hpp"
#include "engine/analysis/weighted_power.hpp"

namespace talkback::analysis {

struct LoudnessMeter::State {
  int channels = 2;
  bool has_true_peak = true;
  WeightedPower power;
  std::vector<double> steps;
  TruePeakMeter true_peak;
};

LoudnessMeter::LoudnessMeter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoudnessMeter::~LoudnessMeter() = default;
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;
LoudnessMeter& LoudnessMeter::operator=(LoudnessMeter&&) noexcept = default;

Result<LoudnessMeter> LoudnessMeter::create(SampleRate rate, int channels, TruePeak true_peak) {
  if (!is_supported(rate) || channels < 1 || channels > WeightedPower::kChannelsMax)
    return Error{ErrorCode::invalid, "Loudness cannot be measured for this rate and number of channels."};
  auto state = std::make_unique<State>();
  state->channels = channels;
  state->has_true_peak = true_peak == TruePeak::on;
  state->power.prepare(rate, channels);
  if (state->has_true_peak) state->true_peak.prepare(channels);
  return LoudnessMeter(std::move(state));
}

void LoudnessMeter::process(ConstAudioBlock block) {
  TALKBACK_CHECK(block.channel_count() == state_->channels);
  state_->power.process(block, state_->steps);
  if (state_->has_true_peak) state_->true_peak.process(block);
}

std::optional<double> LoudnessMeter::momentary_lufs() const noexcept { return analysis::momentary_lufs(state_->steps); }
std::optional<double> LoudnessMeter::short_term_lufs() const noexcept {
  return analysis::short_term_lufs(state_->steps);
}
std::optional<double> LoudnessMeter::integrated_lufs() const noexcept {
  return analysis::integrated_lufs(state_->steps);
}
std::optional<double> LoudnessMeter::range_lu() const noexcept { return analysis::range_lu(state_->steps); }

std::optional<double> LoudnessMeter::true_peak_dbtp() const noexcept {
  if (!state_->has_true_peak) return std::nullopt;
  const float greatest = state_->true_peak.finished();
  if (!(greatest > 0.0F)) return std::nullopt;
  return 20.0 * std::log10(static_cast<double>(greatest));
}

}  // namespace talkback::analysis
