// One step of a session's sound: a clip reader, instrument, insert, fader, send or sum.
//
// A node turns its inputs into its output for consecutive stretches of the song; any division into stretches gives
// the same samples. reset() forgets the past, so that the next stretch may begin anywhere. type() and version() with
// the description that compile() keeps beside the node name its law: they are what a content key is made of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/audio_block.hpp"
#include "engine/base/error.hpp"
#include "engine/base/position.hpp"

namespace talkback::graph {

class Node {
 public:
  virtual ~Node() = default;

  virtual std::string_view type() const noexcept = 0;
  // Raised with every change that gives other samples.
  virtual int version() const noexcept { return 1; }
  // 1 or 2.
  virtual int channels() const noexcept { return 2; }
  virtual Frames latency() const noexcept { return {0}; }

  // inputs: as many as compile() connected, of as many frames as the output. The first may be the output itself.
  // position: the song frame of the first frame that comes in.
  virtual void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept = 0;

  virtual void reset() noexcept {}

  // What went wrong since the last reset: the output is not to be used then.
  virtual std::optional<Error> failure() const { return std::nullopt; }

  // Samples that were no numbers and became silence.
  virtual std::int64_t not_finite() const noexcept { return 0; }
};

// The output starts as the first input; nothing is copied where they are one. Mono fills both channels of stereo.
void copy_input(ConstAudioBlock input, AudioBlock output) noexcept;

}  // namespace talkback::graph
