// Holds a sound back by whole frames, so that it meets what comes later at a sum: latency compensation.
#pragma once

#include <vector>

#include "engine/dsp/delay_line.hpp"
#include "engine/graph/node.hpp"

namespace talkback::graph {

class DelayNode final : public Node {
 public:
  DelayNode(Frames delay, int channels);

  std::string_view type() const noexcept override { return "delay"; }
  int channels() const noexcept override { return static_cast<int>(lines_.size()); }
  Frames latency() const noexcept override { return delay_; }
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
  void reset() noexcept override;
  Memory memory() const noexcept override { return Memory::archived; }
  void archive(dsp::StateArchive& state) override;

 private:
  static constexpr int kChunkFrames = 1024;

  Frames delay_;
  std::vector<dsp::DelayLine> lines_;
};

}  // namespace talkback::graph
