#include "engine/graph/graph.hpp"

namespace talkback::graph {

void assign_buffers(Graph& graph) {
  std::vector<int> readers(graph.entries.size(), 0);
  for (const GraphEntry& entry : graph.entries) {
    for (const int input : entry.inputs) ++readers[static_cast<std::size_t>(input)];
  }
  for (const GraphOutput& stem : graph.stems) ++readers[static_cast<std::size_t>(stem.entry)];
  ++readers[static_cast<std::size_t>(graph.mix.entry)];
  for (GraphEntry& entry : graph.entries) {
    const bool in_place = entry.inputs.size() == 1 && readers[static_cast<std::size_t>(entry.inputs[0])] == 1 &&
                          entry.node->type() != "sum";
    entry.buffer = in_place ? graph.entries[static_cast<std::size_t>(entry.inputs[0])].buffer : graph.buffer_count++;
  }
}

}  // namespace talkback::graph
