// One step of a session's sound: a clip reader, instrument, insert, fader, send or sum.
//
// A node turns its inputs into its output for consecutive stretches of the song; any division into stretches gives
// the same samples. reset() forgets the past, so that the next stretch may begin anywhere.
//
// What decides about a stretch, and so makes its content key: type() and version(), the fixed description that
// compile() keeps beside the node, describe() of the stretch, the inputs, and what the node remembers from before.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/error.hpp"
#include "engine/base/position.hpp"
#include "engine/base/realtime.hpp"
#include "engine/base/result.hpp"
#include "engine/dsp/state_archive.hpp"
#include "engine/media/mapped_sound.hpp"

namespace talkback::graph {

// How the past reaches the future of a node.
enum class Memory {
  none,      // not at all
  archived,  // through what archive() lists
  replayed,  // it can only be played again from the start; such a node has no inputs
};

// Mapped sound that a node reads: from `begin` on, where the song is at `start`, for `length`.
struct SourceStretch {
  std::shared_ptr<const media::MappedSound> sound;
  FramePosition start;
  Frames length;
  FramePosition begin;
};

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
  // position: the song frame of the first frame that comes in. [audio-thread] after prepare_realtime() and a first
  // call, which may be of no frames; Memory::replayed excepted.
  virtual void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept = 0;

  virtual void reset() noexcept {}

  virtual Memory memory() const noexcept { return Memory::none; }
  // Called between stretches, where memory() is archived.
  virtual void archive(dsp::StateArchive& /*state*/) {}

  // Appends what else decides about the output for the song frames [begin, end): what moves and what is placed there.
  virtual void describe(std::int64_t /*begin*/, std::int64_t /*end*/, std::string& /*text*/) const {}

  // Once, before process() is called on the audio thread: maps the files that it reads. Fails as process() would.
  virtual Result<void> prepare_realtime() { return {}; }
  // Appends what is then read.
  virtual void list_sources(std::vector<SourceStretch>& /*list*/) const {}

  // Not empty: a node of an equal key may take over what this one remembers, though other settings were given to it.
  virtual std::string take_over_key() const { return {}; }
  // From the node at its place in the graph before an edit, whose key is equal and which is not used any more. What the
  // edit moved glides to its new value. [audio-thread]
  virtual void take_over(Node& /*before*/) noexcept {}

  // How much a dynamics effect takes away now, in dB, 0 or above. [audio-thread]
  virtual double gain_reduction_db() const noexcept { return 0.0; }

  // What went wrong since the last reset: the output is not to be used then.
  virtual std::optional<Error> failure() const { return std::nullopt; }

  // Samples that were no numbers and became silence.
  virtual std::int64_t not_finite() const noexcept { return 0; }
};

// The output starts as the first input; nothing is copied where they are one. Mono fills both channels of stereo.
void copy_input(ConstAudioBlock input, AudioBlock output) noexcept;

}  // namespace talkback::graph
