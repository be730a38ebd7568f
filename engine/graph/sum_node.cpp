#include "engine/graph/sum_node.hpp"

#include <algorithm>
#include <array>

namespace talkback::graph {

void copy_input(ConstAudioBlock input, AudioBlock output) noexcept {
  for (int c = output.channel_count() - 1; c >= 0; --c) {
    const std::span<const float> from = input.channel(std::min(c, input.channel_count() - 1));
    if (from.data() != output.channel(c).data()) std::ranges::copy(from, output.channel(c).begin());
  }
}

SumNode::SumNode(std::vector<Frames> delays) {
  for (const Frames delay : delays) {
    Input input{.delay = delay.count, .lines = {}};
    if (delay.count > 0) {
      input.lines.resize(2);
      for (dsp::DelayLine& line : input.lines) line.prepare(delay.count, kChunkFrames);
    }
    inputs_.push_back(std::move(input));
  }
}

void SumNode::reset() noexcept {
  for (Input& input : inputs_) {
    for (dsp::DelayLine& line : input.lines) line.reset();
  }
}

void SumNode::process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition) noexcept {
  clear(output);
  std::array<float, kChunkFrames> delayed{};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (int c = 0; c < output.channel_count(); ++c) {
      const std::span<const float> in = inputs[i].channel(std::min(c, inputs[i].channel_count() - 1));
      const std::span<float> out = output.channel(c);
      if (inputs_[i].delay == 0) {
        for (std::size_t n = 0; n < out.size(); ++n) out[n] += in[n];
        continue;
      }
      dsp::DelayLine& line = inputs_[i].lines[static_cast<std::size_t>(c)];
      for (std::size_t first = 0; first < out.size(); first += kChunkFrames) {
        const std::size_t frames = std::min<std::size_t>(kChunkFrames, out.size() - first);
        line.write(in.subspan(first, frames));
        line.read(inputs_[i].delay, std::span(delayed).first(frames));
        for (std::size_t n = 0; n < frames; ++n) out[first + n] += delayed[n];
      }
    }
  }
}

}  // namespace talkback::graph
