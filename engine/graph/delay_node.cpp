#include "engine/graph/delay_node.hpp"

#include <algorithm>

namespace talkback::graph {

DelayNode::DelayNode(Frames delay, int channels) : delay_(delay), lines_(static_cast<std::size_t>(channels)) {
  for (dsp::DelayLine& line : lines_) line.prepare(delay_.count, kChunkFrames);
}

void DelayNode::process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition) noexcept {
  for (std::size_t c = 0; c < lines_.size(); ++c) {
    const std::span<const float> in = inputs[0].channel(static_cast<int>(c));
    const std::span<float> out = output.channel(static_cast<int>(c));
    for (std::size_t first = 0; first < in.size(); first += kChunkFrames) {
      const std::size_t frames = std::min<std::size_t>(kChunkFrames, in.size() - first);
      lines_[c].write(in.subspan(first, frames));
      lines_[c].read(delay_.count, out.subspan(first, frames));
    }
  }
}

void DelayNode::reset() noexcept {
  for (dsp::DelayLine& line : lines_) line.reset();
}

void DelayNode::archive(dsp::StateArchive& state) {
  for (dsp::DelayLine& line : lines_) line.archive(state, delay_.count);
}

}  // namespace talkback::graph
