// An effect in its slot, with its parameters moving on the control grid.
//
// At each grid line a moving parameter is aimed at its value one grid length later, where its glide arrives
// (effects/processor.hpp); what steps is set at the frame of its breakpoint. A second input is the side-chain. A bypass
// that is automated crosses over to the dry sound, delayed by the effect's latency.
//
// While the song plays, an edit makes a new node. It takes over the effect of the node before with all that it
// remembers, and moves its parameters to the new values in kTakeOverLines lines (10.7 ms at 48 kHz), as a lane
// would, or steps to them: tails ring on, and nothing clicks. Fading from an effect without a past would cut them off.
#pragma once

#include <memory>
#include <vector>

#include "engine/dsp/delay_line.hpp"
#include "engine/effects/processor.hpp"
#include "engine/graph/automation_curve.hpp"
#include "engine/graph/moving_parameter.hpp"
#include "engine/graph/node.hpp"

namespace talkback::graph {

struct InsertSettings {
  std::unique_ptr<effects::Processor> processor;  // every steady parameter set, not yet prepared
  std::vector<MovingParameter> moving;
  AutomationCurve bypassed{0.0};  // 1 is bypassed
  // By parameter: what was set.
  std::vector<double> values = {};
  // Effect, and what of its settings jumps (dsp::Motion). Empty: its memory cannot be taken over.
  std::string made_for = {};
};

class InsertNode final : public Node {
 public:
  // channels: of the processor and of the output; a mono input is spread at -3.01 dB.
  InsertNode(InsertSettings settings, SampleRate rate, int input_channels, int channels);

  std::string_view type() const noexcept override { return "insert"; }
  int channels() const noexcept override { return channels_; }
  Frames latency() const noexcept override { return settings_.processor->latency(); }
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
  void reset() noexcept override;
  Memory memory() const noexcept override { return Memory::archived; }
  void archive(dsp::StateArchive& state) override;
  void describe(std::int64_t begin, std::int64_t end, std::string& text) const override;
  std::string take_over_key() const override;
  void take_over(Node& before) noexcept override;
  double gain_reduction_db() const noexcept override { return settings_.processor->gain_reduction_db(); }

 private:
  static constexpr int kChunkFrames = 1024;
  static constexpr int kTakeOverLines = 16;

  void start_at(std::int64_t frame) noexcept;
  void move_parameters(std::int64_t frame) noexcept;
  void take_steps(std::int64_t frame) noexcept;
  void glide_from_before() noexcept;
  // Of what moves on the grid; of what steps.
  std::int64_t steady_until(std::int64_t frame) const noexcept;
  std::int64_t next_step(std::int64_t frame) const noexcept;
  // key: empty, or what steers the effect.
  void process_steady(AudioBlock block, ConstAudioBlock key, std::int64_t frame) noexcept;
  void apply(AudioBlock block, ConstAudioBlock key) noexcept;

  InsertSettings settings_;
  int input_channels_;
  int channels_;
  bool has_started_ = false;
  std::int64_t grid_line_ = 0;
  // After a take-over: what every parameter was, and how many lines are left on the way from there.
  std::vector<double> values_before_;
  int lines_left_ = 0;
  std::vector<dsp::DelayLine> dry_lines_;
  AudioBuffer dry_;
};

}  // namespace talkback::graph
