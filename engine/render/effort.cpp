#include "engine/render/effort.hpp"

#include <algorithm>

namespace talkback::render {

namespace {

std::string reason_of(const graph::Graph& graph, std::size_t index, const EntryUse& use) {
  const graph::GraphEntry& entry = graph.entries[index];
  if (static_cast<int>(index) >= graph.entries_of_session) return "as it was before, to be taken off a sum";
  if (use.again == use.computed) return "unchanged, but its sound was not kept and something new needs it";
  if (entry.was_before) return "unchanged, but not in the cache";
  const bool has_new_input = std::ranges::any_of(
      entry.inputs, [&](int input) { return !graph.entries[static_cast<std::size_t>(input)].was_before; });
  return has_new_input ? "its input changed" : "its settings or clips changed";
}

}  // namespace

void count_effort(const graph::Graph& graph, const std::vector<EntryUse>& uses, bool explains, RenderEffort& effort) {
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const EntryUse& use = uses[i];
    effort.segments += use.segments;
    effort.segments_computed += use.computed;
    if (!explains || use.computed == 0) continue;
    const graph::GraphEntry& entry = graph.entries[i];
    effort.steps.push_back({entry.track, entry.label, use.segments, use.computed, reason_of(graph, i, use)});
  }
}

}  // namespace talkback::render
