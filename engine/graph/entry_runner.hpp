// Runs entries of a graph one at a time, each with its buffer: what every runner of a graph shares.
//
// After each entry that remembers something, what is no number becomes silence and is counted. The caller turns
// denormals off, keeps to an order in which inputs stand first, and settles memories at the places of the law
// (dsp/state_archive.hpp).
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/graph/graph.hpp"

namespace talkback::graph {

class EntryRunner {
 public:
  // entries: those that will be run. frames_max: at once. The graph outlives the runner. Allocates.
  EntryRunner(Graph& graph, const std::vector<int>& entries, int frames_max);

  // Computes `frames` from stream frame `position` on. [audio-thread]
  void run(int entry, FramePosition position, int frames) noexcept;

  // The same of another node at the entry's place, which reads what the entry reads. output: not one of its inputs.
  void run_beside(Node& node, int entry, FramePosition position, AudioBlock output) noexcept;

  // Settles what the entry's node remembers. [audio-thread]
  void settle(int entry) noexcept;

  // Where the first `frames` of what the entry gives lie, until an entry that shares its buffer runs. [audio-thread]
  AudioBlock output(int entry, int frames) noexcept;

  // Samples of the entry that were no numbers, since the runner was made.
  std::int64_t not_finite(int entry) const { return not_finite_[static_cast<std::size_t>(entry)]; }

 private:
  void guard(int entry, AudioBlock output) noexcept;
  std::span<const ConstAudioBlock> inputs_of(int entry, int frames) noexcept;

  Graph& graph_;
  int frames_max_;
  std::vector<AudioBuffer> buffers_;
  // Room for the inputs of any entry.
  std::vector<ConstAudioBlock> inputs_;
  std::vector<std::int64_t> not_finite_;
};

// What has to run, in order, for these outputs.
std::vector<int> entries_for(const Graph& graph, const std::vector<int>& outputs);

}  // namespace talkback::graph
