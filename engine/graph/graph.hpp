// The nodes of a session in the order in which they can be computed.
//
// Every entry's inputs stand before it. Buffers are shared where an entry works in place on its only input.
// Everything that meets at a sum is equally late there; an output is later than the song by its latency, which whoever
// reads it takes off. One graph is run by one runner at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/object_id.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/graph/content_key.hpp"
#include "engine/graph/node.hpp"

namespace talkback::graph {

// What a render keeps of an entry, so that the next one need not compute it.
enum class Keep {
  nothing,
  sound,  // the output
  // The output, of a bus or folder, but not where an edit has just changed it that will be followed by others
  // (render/sum_base.hpp).
  lasting,
  exact,  // the exact sum, of a SumNode
  // No sound. The node is brought into its state at the end of every segment that was found, in order: what a meter
  // measures is there.
  states,
};

struct GraphEntry {
  std::unique_ptr<Node> node;
  std::vector<int> inputs;  // indexes of entries before this one
  int buffer = 0;
  Frames latency_before{};  // of what comes in
  Frames latency{};         // of what goes out
  std::string track;        // whose sound this is
  std::string label;        // what it does, as musicians say: "compressor", "fader"
  Keep keep = Keep::nothing;
  bool was_before = false;  // the session before had it as well
  // What decides about the sound and is the same at every place: type, version, rate, channels, fixed parameters.
  ContentKey fixed_key{};
  // That, what moves and is placed anywhere, and the keys of the inputs: equal keys, equal sound.
  ContentKey key{};
};

// A sum of this session, and the sum at the same place of the session before the edits.
struct SumPair {
  int entry = -1;
  int before = -1;
};

struct GraphOutput {
  std::string name;
  ObjectId track;
  int entry = -1;
};

struct Graph {
  SampleRate rate{};
  Frames length{};  // to the end of the last clip, and the session's tail
  std::vector<GraphEntry> entries;
  int buffer_count = 0;
  GraphOutput mix;                 // what arrives at the master
  GraphOutput master;              // through its inserts and fader
  std::vector<GraphOutput> stems;  // the tracks that feed the master, in their order
  std::map<ObjectId, int> sums;    // by track: where its inputs are added
  // Where the session before was given; sums that are one entry are left out.
  std::vector<SumPair> sum_pairs;
  // Entries from here on belong to the session before alone.
  int entries_of_session = 0;
  std::vector<std::string> warnings;

  void reset() noexcept {
    for (GraphEntry& entry : entries) entry.node->reset();
  }
};

// A node with one input works in place when nobody else reads that input, inside the graph or outside.
void assign_buffers(Graph& graph);

}  // namespace talkback::graph
