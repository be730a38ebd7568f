// The nodes of a session in the order in which they can be computed.
//
// Every entry's inputs stand before it. Buffers are shared where an entry works in place on its only input.
// Everything that meets at a sum is equally late there; an output is later than the song by its latency, which whoever
// reads it takes off. One graph is run by one runner at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/object_id.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/base/sha256.hpp"
#include "engine/graph/node.hpp"

namespace talkback::graph {

struct GraphEntry {
  std::unique_ptr<Node> node;
  std::vector<int> inputs;  // indexes of entries before this one
  int buffer = 0;
  Frames latency_before{};  // of what comes in
  Frames latency{};         // of what goes out
  std::string track;        // whose sound this is
  // Hash of type, version, parameters, automation and the keys of the inputs: equal keys, equal sound.
  Sha256Digest key{};
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
  std::vector<std::string> warnings;

  void reset() noexcept {
    for (GraphEntry& entry : entries) entry.node->reset();
  }
};

}  // namespace talkback::graph
