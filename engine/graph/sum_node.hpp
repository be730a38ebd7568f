// What arrives at a bus, folder or the master: its inputs, each delayed to the latest of them, added in their order.
#pragma once

#include <vector>

#include "engine/dsp/delay_line.hpp"
#include "engine/graph/node.hpp"

namespace talkback::graph {

class SumNode final : public Node {
 public:
  // delays: of each input, so that all are equally late.
  explicit SumNode(std::vector<Frames> delays);

  std::string_view type() const noexcept override { return "sum"; }
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
  void reset() noexcept override;

 private:
  static constexpr int kChunkFrames = 1024;
  struct Input {
    std::int64_t delay = 0;
    std::vector<dsp::DelayLine> lines;
  };
  std::vector<Input> inputs_;
};

}  // namespace talkback::graph
