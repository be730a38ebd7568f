// Gains that move: a track's gain and polarity, its fader with pan and mute, a send's level with pan and mute.
//
// out = in * sign * 10^((level + group level) / 20) * pan law * (mute ? 0 : 1). Gains are computed at the lines of the
// control grid and at breakpoints and move linearly in between; they hang on the song frame alone. Laws of pan:
// dsp/pan.hpp.
#pragma once

#include <array>

#include "engine/dsp/pan.hpp"
#include "engine/graph/automation_curve.hpp"
#include "engine/graph/node.hpp"

namespace talkback::graph {

struct GainSettings {
  AutomationCurve level_db{0.0};
  AutomationCurve pan{0.0};
  AutomationCurve mute{0.0};  // 1 is silent
  // Of the VCA group.
  AutomationCurve group_db{0.0};
  AutomationCurve group_mute{0.0};
  dsp::PanLaw pan_law = dsp::PanLaw::minus_3_db;
  bool polarity_inverted = false;
  // Without pan, the channels stay as they are; with it, the output is stereo.
  bool has_pan = true;
};

class GainNode final : public Node {
 public:
  GainNode(GainSettings settings, int input_channels);

  std::string_view type() const noexcept override { return "gain"; }
  int channels() const noexcept override { return settings_.has_pan ? 2 : input_channels_; }
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
  void describe(std::int64_t begin, std::int64_t end, std::string& text) const override;

  // What does not move, for the fixed description.
  std::string fixed_description() const;

 private:
  using Gains = std::array<float, 2>;

  Gains gains_at(std::int64_t frame) const noexcept;
  std::array<const AutomationCurve*, 5> curves() const noexcept;
  std::int64_t steady_until(std::int64_t frame) const noexcept;
  // The grid line or knot at or before the frame, and the one after it: gains are a line in between.
  std::int64_t line_before(std::int64_t frame) const noexcept;
  std::int64_t line_after(std::int64_t frame) const noexcept;
  void apply(ConstAudioBlock input, AudioBlock output, std::int64_t frame) noexcept;

  GainSettings settings_;
  int input_channels_;
  bool is_constant_;
  Gains constant_{};
};

}  // namespace talkback::graph
