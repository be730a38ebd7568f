#include "engine/analysis/loudness.hpp"

#include <ebur128.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/analysis/true_peak_meter.hpp"

namespace talkback::analysis {

namespace {

// Below the absolute gate and everything that a meter shows.
constexpr double kLufsMin = -120.0;

// lufs by reference: it is read after the call that fills it and returns `error`.
std::optional<double> shown(int error, const double& lufs) noexcept {
  if (error != EBUR128_SUCCESS || !std::isfinite(lufs) || lufs < kLufsMin) return std::nullopt;
  return lufs;
}

struct MeterCloser {
  void operator()(ebur128_state* state) const noexcept { ebur128_destroy(&state); }
};

}  // namespace

struct LoudnessMeter::State {
  std::unique_ptr<ebur128_state, MeterCloser> meter;
  int channels = 2;
  bool has_true_peak = true;
  std::vector<float> interleaved;
  TruePeakMeter true_peak;
};

LoudnessMeter::LoudnessMeter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoudnessMeter::~LoudnessMeter() = default;
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;
LoudnessMeter& LoudnessMeter::operator=(LoudnessMeter&&) noexcept = default;

Result<LoudnessMeter> LoudnessMeter::create(SampleRate rate, int channels, TruePeak true_peak) {
  auto state = std::make_unique<State>();
  state->channels = channels;
  state->has_true_peak = true_peak == TruePeak::on;
  state->true_peak.prepare(channels);
  state->meter.reset(ebur128_init(static_cast<unsigned>(channels), static_cast<unsigned long>(rate.hz),
                                  EBUR128_MODE_I | EBUR128_MODE_LRA));
  if (!state->meter)
    return Error{ErrorCode::invalid, "Loudness cannot be measured for this rate and number of channels."};
  if (channels == 5) {
    // Without an LFE the surrounds follow the centre.
    ebur128_set_channel(state->meter.get(), 3, EBUR128_LEFT_SURROUND);
    ebur128_set_channel(state->meter.get(), 4, EBUR128_RIGHT_SURROUND);
  }
  return LoudnessMeter(std::move(state));
}

void LoudnessMeter::process(ConstAudioBlock block) {
  TALKBACK_CHECK(block.channel_count() == state_->channels);
  const auto channels = static_cast<std::size_t>(state_->channels);
  const auto frames = static_cast<std::size_t>(block.frame_count());
  state_->interleaved.resize(frames * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const float* x = block.channel(static_cast<int>(c)).data();
    for (std::size_t n = 0; n < frames; ++n) state_->interleaved[n * channels + c] = x[n];
  }
  ebur128_add_frames_float(state_->meter.get(), state_->interleaved.data(), frames);
  if (state_->has_true_peak) state_->true_peak.process(block);
}

std::optional<double> LoudnessMeter::momentary_lufs() const noexcept {
  double value = 0.0;
  return shown(ebur128_loudness_momentary(state_->meter.get(), &value), value);
}

std::optional<double> LoudnessMeter::short_term_lufs() const noexcept {
  double value = 0.0;
  return shown(ebur128_loudness_shortterm(state_->meter.get(), &value), value);
}

std::optional<double> LoudnessMeter::integrated_lufs() const noexcept {
  double value = 0.0;
  return shown(ebur128_loudness_global(state_->meter.get(), &value), value);
}

std::optional<double> LoudnessMeter::range_lu() const noexcept {
  double value = 0.0;
  if (!integrated_lufs()) return std::nullopt;
  return shown(ebur128_loudness_range(state_->meter.get(), &value), value);
}

std::optional<double> LoudnessMeter::true_peak_dbtp() const noexcept {
  if (!state_->has_true_peak) return std::nullopt;
  const float greatest = state_->true_peak.finished();
  if (!(greatest > 0.0F)) return std::nullopt;
  return 20.0 * std::log10(static_cast<double>(greatest));
}

}  // namespace talkback::analysis
