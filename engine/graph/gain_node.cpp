#include "engine/graph/gain_node.hpp"

#include <algorithm>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/decibel.hpp"
#include "engine/dsp/pan.hpp"
#include "engine/dsp/vectorise.hpp"
#include "engine/graph/content_key.hpp"

namespace talkback::graph {

namespace {

TALKBACK_VECTORISE void multiply(const float* in, float* out, std::size_t frames, float gain) noexcept {
  for (std::size_t n = 0; n < frames; ++n) out[n] = in[n] * gain;
}

}  // namespace

GainNode::GainNode(GainSettings settings, int input_channels)
    : settings_(std::move(settings)),
      input_channels_(input_channels),
      is_constant_(std::ranges::all_of(curves(), [](const AutomationCurve* curve) { return curve->is_constant(); })) {
  constant_ = gains_at(0);
}

std::array<const AutomationCurve*, 5> GainNode::curves() const noexcept {
  return {&settings_.level_db, &settings_.pan, &settings_.mute, &settings_.group_db, &settings_.group_mute};
}

GainNode::Gains GainNode::gains_at(std::int64_t frame) const noexcept {
  const double own_db = settings_.level_db.value_at(frame);
  const double group_db = settings_.group_db.value_at(frame);
  // Silence stays silence, whatever the other one gives.
  constexpr double kSilenceDb = -144.0;
  const double db = own_db <= kSilenceDb || group_db <= kSilenceDb ? kSilenceDb : own_db + group_db;
  double level =
      dsp::gain_from_db(db) * (1.0 - settings_.mute.value_at(frame)) * (1.0 - settings_.group_mute.value_at(frame));
  if (settings_.polarity_inverted) level = -level;
  if (!settings_.has_pan) return {static_cast<float>(level), static_cast<float>(level)};
  const double pan = settings_.pan.value_at(frame);
  const dsp::PanGains gains =
      input_channels_ == 1 ? dsp::mono_pan(pan, settings_.pan_law) : dsp::stereo_balance(pan, settings_.pan_law);
  return {static_cast<float>(level * gains.left), static_cast<float>(level * gains.right)};
}

std::string GainNode::fixed_description() const {
  std::string text;
  append_key(text, settings_.polarity_inverted, settings_.has_pan, input_channels_,
             static_cast<int>(settings_.pan_law));
  return text;
}

// Within a grid cell a gain is a line, so that what lies in the cells at both ends decides as well.
void GainNode::describe(std::int64_t begin, std::int64_t end, std::string& text) const {
  for (const AutomationCurve* curve : curves())
    curve->describe(begin - dsp::kControlFrames, end + dsp::kControlFrames, text);
}

std::int64_t GainNode::steady_until(std::int64_t frame) const noexcept {
  std::int64_t end = AutomationCurve::kForever;
  for (const AutomationCurve* curve : curves()) end = std::min(end, curve->steady_until(frame));
  return end;
}

std::int64_t GainNode::line_before(std::int64_t frame) const noexcept {
  std::int64_t line = dsp::grid_line_before({frame});
  for (const AutomationCurve* curve : curves()) line = std::max(line, curve->knot_before(frame));
  return line;
}

std::int64_t GainNode::line_after(std::int64_t frame) const noexcept {
  std::int64_t line = dsp::grid_line_before({frame}) + dsp::kControlFrames;
  for (const AutomationCurve* curve : curves()) line = std::min(line, curve->knot_after(frame));
  return line;
}

// One stretch, within which every gain is a line.
void GainNode::apply(ConstAudioBlock input, AudioBlock output, std::int64_t frame) noexcept {
  const auto frames = static_cast<std::size_t>(output.frame_count());
  Gains from = constant_;
  Gains step{};
  float offset = 0.0F;
  if (!is_constant_) {
    if (steady_until(frame) > frame) {
      from = gains_at(frame);
    } else {
      const std::int64_t begin = line_before(frame);
      const std::int64_t end = line_after(frame);
      from = gains_at(begin);
      const Gains to = gains_at(end);
      for (std::size_t c = 0; c < 2; ++c) step[c] = (to[c] - from[c]) / static_cast<float>(end - begin);
      offset = static_cast<float>(frame - begin);
    }
  }
  // From the last channel down: a mono input may be the output's first channel.
  for (int c = output.channel_count() - 1; c >= 0; --c) {
    const float* in = input.channel(std::min(c, input.channel_count() - 1)).data();
    float* out = output.channel(c).data();
    const auto k = static_cast<std::size_t>(c);
    if (step[k] == 0.0F) {
      multiply(in, out, frames, from[k]);
    } else {
      for (std::size_t n = 0; n < frames; ++n) out[n] = in[n] * (from[k] + step[k] * (offset + static_cast<float>(n)));
    }
  }
}

void GainNode::process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept {
  if (is_constant_) return apply(inputs[0], output, position.count);
  for (int done = 0; done < output.frame_count();) {
    const std::int64_t frame = position.count + done;
    std::int64_t end = steady_until(frame);
    if (end == frame) end = line_after(frame);
    const auto frames = static_cast<int>(std::min<std::int64_t>(end - frame, output.frame_count() - done));
    apply(inputs[0].slice(done, frames), output.slice(done, frames), frame);
    done += frames;
  }
}

}  // namespace talkback::graph
