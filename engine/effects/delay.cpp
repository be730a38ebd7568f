#include "engine/effects/delay.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/fractional_delay.hpp"

namespace talkback::effects {

namespace {

enum Parameter {
  time_ms,
  feedback_percent,
  ping_pong,
  low_cut_hz,
  high_cut_hz,
  mix_percent,
  modulation_rate_hz,
  modulation_depth_ms
};

constexpr ParameterInfo kParameters[] = {
    {"time_ms", "ms", 1.0, Delay::kTimeMsMax, 375.0, Taper::logarithmic},
    {"feedback_percent", "%", 0.0, 98.0, 35.0, Taper::linear},
    {"ping_pong", "", 0.0, 1.0, 0.0, Taper::linear, Motion::jumps},
    {"low_cut_hz", "Hz", 10.0, 2'000.0, 120.0, Taper::logarithmic},
    {"high_cut_hz", "Hz", 500.0, 22'000.0, 8'000.0, Taper::logarithmic},
    {"mix_percent", "%", 0.0, 100.0, 30.0, Taper::linear},
    {"modulation_rate_hz", "Hz", 0.01, 10.0, 0.5, Taper::logarithmic},
    {"modulation_depth_ms", "ms", 0.0, Delay::kDepthMsMax, 0.0, Taper::linear},
};

constexpr double kFadeSeconds = 0.050;
constexpr double kDepthSmoothingSeconds = 0.030;
// A depth on its way to nothing has arrived there.
constexpr double kDepthFramesMin = 1e-3;

}  // namespace

Delay::Delay(double time_ms_max, double depth_ms_max)
    : values_(kParameters),
      time_ms_max_(std::clamp(time_ms_max, 1.0, kTimeMsMax)),
      depth_ms_max_(std::clamp(depth_ms_max, 0.0, kDepthMsMax)) {}

std::span<const ParameterInfo> Delay::parameters() const noexcept { return kParameters; }

void Delay::prepare(SampleRate rate, int channels) {
  TALKBACK_CHECK(channels == 1 || channels == 2);
  rate_ = rate;
  channels_ = channels;
  fade_frames_ = std::max(1, static_cast<int>(kFadeSeconds * rate.hz));
  for (dsp::DelayLine& line : lines_) line.prepare(history_frames(), kChunkFrames);
  weights_ = dsp::LagrangeWeights::table();
  depth_pole_ = dsp::pole_of_time(kDepthSmoothingSeconds, rate);
  step_.set(values_[modulation_rate_hz] / rate.hz);
  for (const int index : {low_cut_hz, feedback_percent, mix_percent}) set(index, values_[index]);
  low_cut_pole_ = static_cast<float>(dsp::pole_of_frequency(values_[low_cut_hz], rate_));
  high_cut_pole_ = static_cast<float>(dsp::pole_of_frequency(values_[high_cut_hz], rate_));
  feedback_.jump(static_cast<float>(values_[feedback_percent] / 100.0));
  mix_.jump(static_cast<float>(values_[mix_percent] / 100.0));
  reset();
}

void Delay::set(int index, double value) noexcept {
  if (!values_.set(index, value) || rate_.hz == 0) return;
  switch (index) {
    case feedback_percent:
      return feedback_.set(static_cast<float>(values_[index] / 100.0));
    case mix_percent:
      return mix_.set(static_cast<float>(values_[index] / 100.0));
    case low_cut_hz:
      low_cut_pole_ = static_cast<float>(dsp::pole_of_frequency(values_[index], rate_));
      return;
    case high_cut_hz:
      high_cut_pole_ = static_cast<float>(dsp::pole_of_frequency(values_[index], rate_));
      return;
    case modulation_rate_hz:
      return step_.set(values_[index] / rate_.hz);
    default:
      return;
  }
}

std::int64_t Delay::wanted_frames() const noexcept {
  const double ms = std::min(values_[time_ms], time_ms_max_);
  return std::max<std::int64_t>(1, std::llround(ms / 1e3 * rate_.hz));
}

// What may still be read: without modulation whole frames only.
std::int64_t Delay::history_frames() const noexcept {
  const double ms = time_ms_max_ + depth_ms_max_;
  const std::int64_t points = depth_ms_max_ > 0.0 ? dsp::LagrangeWeights::kPoints : 0;
  return static_cast<std::int64_t>(std::ceil(ms / 1e3 * rate_.hz)) + points;
}

double Delay::depth_target() const noexcept {
  return std::min(values_[modulation_depth_ms], depth_ms_max_) / 1e3 * rate_.hz;
}

// The newest sample of a line is the one of the frame before.
template <bool modulated>
float Delay::read(int channel, std::int64_t frames) const noexcept {
  const dsp::DelayLine& line = lines_[static_cast<std::size_t>(channel)];
  if (!modulated || depth_frames_ == 0.0) return line.at(frames - 1);
  const double age = static_cast<double>(frames - 1) + swing_;
  return dsp::read_between(line, std::max(age, dsp::FractionalDelay::kFramesMin - 1.0), weights_);
}

template <bool modulated>
float Delay::read(int channel) const noexcept {
  const float now = read<modulated>(channel, delay_frames_);
  if (fade_position_ == 0) return now;
  const float part = static_cast<float>(fade_position_) / static_cast<float>(fade_frames_);
  return now + (read<modulated>(channel, next_frames_) - now) * part;
}

void Delay::advance_modulation() noexcept {
  const double target = depth_target();
  // Where nothing swings the phase rests, however far the block goes on.
  if (target == 0.0 && depth_frames_ == 0.0) return;
  phase_.advance(step_.next());
  depth_frames_ = target + (depth_frames_ - target) * depth_pole_;
  if (target == 0.0 && depth_frames_ < kDepthFramesMin) depth_frames_ = 0.0;
  swing_ = depth_frames_ * static_cast<double>(dsp::sine_of_turns(phase_.at(0.0F)));
}

void Delay::advance_fade() noexcept {
  if (fade_position_ == 0) {
    next_frames_ = wanted_frames();
    if (next_frames_ == delay_frames_) return;
  }
  if (++fade_position_ == fade_frames_) {
    fade_position_ = 0;
    delay_frames_ = next_frames_;
  }
}

template <bool modulated>
void Delay::process_frame(std::array<float, 2>& frame) noexcept {
  std::array<float, 2> wet{};
  for (int c = 0; c < channels_; ++c) {
    const auto k = static_cast<std::size_t>(c);
    wet[k] = high_cuts_[k].low(low_cuts_[k].high(read<modulated>(c), low_cut_pole_), high_cut_pole_);
  }
  const float feedback = feedback_.next();
  if (channels_ == 2 && values_[ping_pong] >= 0.5) {
    lines_[0].push((frame[0] + frame[1]) * 0.5F + feedback * wet[1]);
    // The first echo crosses over undiminished: feedback counts once a round, not once a side.
    lines_[1].push(wet[0]);
  } else {
    for (std::size_t k = 0; k < static_cast<std::size_t>(channels_); ++k) lines_[k].push(frame[k] + feedback * wet[k]);
  }
  const float mix = mix_.next();
  for (std::size_t k = 0; k < 2; ++k) frame[k] = frame[k] * (1.0F - mix) + wet[k] * mix;
}

void Delay::process(AudioBlock block) noexcept {
  if (depth_target() > 0.0 || depth_frames_ > 0.0) return process_all<true>(block);
  if (fade_position_ != 0 || wanted_frames() != delay_frames_) return process_all<false>(block);
  const auto chunk = static_cast<int>(std::min<std::int64_t>(kChunkFrames, delay_frames_));
  for (int first = 0; first < block.frame_count(); first += chunk)
    process_steady(block.slice(first, std::min(chunk, block.frame_count() - first)));
}

void Delay::process_steady(AudioBlock block) noexcept {
  using Chunk = std::array<float, kChunkFrames>;
  const auto frames = static_cast<std::size_t>(block.frame_count());
  const auto channels = static_cast<std::size_t>(channels_);
  std::array<Chunk, 2> wet{};
  for (std::size_t c = 0; c < channels; ++c)
    lines_[c].read(delay_frames_ - block.frame_count(), std::span(wet[c]).first(frames));
  // Both channels at once and in registers: a sample waits for the one before, not for the other channel.
  std::array<dsp::OnePole, 2> low_cuts = low_cuts_;
  std::array<dsp::OnePole, 2> high_cuts = high_cuts_;
  const float low_cut_pole = low_cut_pole_;
  const float high_cut_pole = high_cut_pole_;
  for (std::size_t n = 0; n < frames; ++n) {
    for (std::size_t c = 0; c < 2; ++c)
      wet[c][n] = high_cuts[c].low(low_cuts[c].high(wet[c][n], low_cut_pole), high_cut_pole);
  }
  low_cuts_ = low_cuts;
  high_cuts_ = high_cuts;
  Chunk feedback;
  Chunk mix;
  for (std::size_t n = 0; n < frames; ++n) {
    feedback[n] = feedback_.next();
    mix[n] = mix_.next();
  }
  std::array<Chunk, 2> entering;
  const float* left = block.channel(0).data();
  const float* right = block.channel(channels_ - 1).data();
  if (channels_ == 2 && values_[ping_pong] >= 0.5) {
    for (std::size_t n = 0; n < frames; ++n) entering[0][n] = (left[n] + right[n]) * 0.5F + feedback[n] * wet[1][n];
    entering[1] = wet[0];
  } else {
    for (std::size_t n = 0; n < frames; ++n) entering[0][n] = left[n] + feedback[n] * wet[0][n];
    for (std::size_t n = 0; n < frames; ++n) entering[1][n] = right[n] + feedback[n] * wet[1][n];
  }
  for (std::size_t c = 0; c < channels; ++c) {
    lines_[c].write(std::span<const float>(entering[c]).first(frames));
    float* out = block.channel(static_cast<int>(c)).data();
    for (std::size_t n = 0; n < frames; ++n) out[n] = out[n] * (1.0F - mix[n]) + wet[c][n] * mix[n];
  }
}

template <bool modulated>
void Delay::process_all(AudioBlock block) noexcept {
  float* left = block.channel(0).data();
  float* right = block.channel(channels_ - 1).data();
  for (int n = 0; n < block.frame_count(); ++n) {
    advance_fade();
    if constexpr (modulated) advance_modulation();
    std::array<float, 2> frame = {left[n], right[n]};
    process_frame<modulated>(frame);
    if (channels_ == 2) right[n] = frame[1];
    left[n] = frame[0];
  }
}

void Delay::reset() noexcept {
  for (dsp::DelayLine& line : lines_) line.reset();
  low_cuts_ = {};
  high_cuts_ = {};
  feedback_.jump(feedback_.target());
  mix_.jump(mix_.target());
  delay_frames_ = next_frames_ = rate_.hz > 0 ? wanted_frames() : 1;
  fade_position_ = 0;
  phase_ = {};
  step_.jump(step_.target());
  depth_frames_ = depth_target();
  swing_ = 0.0;
}

Frames Delay::tail() const noexcept {
  const double feedback = values_[feedback_percent] / 100.0;
  const double repeats = feedback > 0.001 ? std::ceil(-3.0 / std::log10(feedback)) : 0.0;
  const double sides = values_[ping_pong] >= 0.5 ? 2.0 : 1.0;
  return {static_cast<std::int64_t>(static_cast<double>(wanted_frames()) * (repeats + 1.0) * sides)};
}

bool Delay::spreads() const noexcept { return values_[ping_pong] >= 0.5; }

void Delay::archive(dsp::StateArchive& state) {
  state(values_, low_cuts_, high_cuts_, low_cut_pole_, high_cut_pole_, feedback_, mix_);
  state(delay_frames_, next_frames_, fade_position_);
  state(phase_, step_, depth_frames_);
  // A damaged archive must not reach beyond the lines.
  const double depth_max = depth_ms_max_ / 1e3 * rate_.hz;
  depth_frames_ = depth_frames_ >= 0.0 ? std::min(depth_frames_, depth_max) : 0.0;
  for (int c = 0; c < channels_; ++c) lines_[static_cast<std::size_t>(c)].archive(state, history_frames());
}

}  // namespace talkback::effects
