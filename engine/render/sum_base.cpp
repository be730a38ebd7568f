#include "engine/render/sum_base.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace talkback::render {

namespace {

// Of tracks that are computed only to be taken off: as much as keeping the sums of a song costs.
constexpr int kTracksTakenOffMax = 2;
// Things edited since the base. Measured with 96 tracks: to keep the sums of a song costs as much as twelve of them,
// and each thing at most one track at every edit that follows.
constexpr std::size_t kEditedMax = 4;

const std::vector<int>& inputs_of(const graph::Graph& graph, int entry) {
  return graph.entries[static_cast<std::size_t>(entry)].inputs;
}

std::size_t count_common(const graph::Graph& graph, const graph::SumPair& pair) {
  const std::vector<int>& then = inputs_of(graph, pair.before);
  return static_cast<std::size_t>(std::ranges::count_if(
      inputs_of(graph, pair.entry), [&](int input) { return std::ranges::find(then, input) != then.end(); }));
}

// What the entry does to its inputs, whatever they are.
std::string own_settings(const graph::Graph& graph, const graph::GraphEntry& entry) {
  std::string text;
  graph::append_key(text, entry.fixed_key);
  entry.node->describe(0, graph.length.count + entry.latency.count, text);
  return text;
}

}  // namespace

std::set<std::string> edited_since_base(const graph::Graph& graph) {
  std::set<std::string> edited;
  std::vector<const graph::GraphEntry*> now;
  std::vector<const graph::GraphEntry*> then;
  for (std::size_t i = 0; i < graph.entries.size(); ++i) {
    const graph::GraphEntry& entry = graph.entries[i];
    if (entry.keep == graph::Keep::states || entry.was_before) continue;
    (static_cast<int>(i) < graph.entries_of_session ? now : then).push_back(&entry);
  }
  // Both are in the order of the session. Where something came or went, the rest has no counterpart.
  for (std::size_t i = 0; i < std::max(now.size(), then.size()); ++i) {
    const bool is_pair =
        now.size() == then.size() && now[i]->track == then[i]->track && now[i]->label == then[i]->label;
    if (!is_pair) return {"what there is"};
    if (own_settings(graph, *now[i]) != own_settings(graph, *then[i]))
      edited.insert(fmt::format("{}: {}", now[i]->track, now[i]->label));
  }
  return edited;
}

bool is_base_outlived(const std::set<std::string>& last, const std::set<std::string>& edited) {
  return !last.empty() && edited.size() > kEditedMax && !std::ranges::includes(last, edited);
}

bool is_all_new(const graph::Graph& graph, const graph::SumPair& pair) { return count_common(graph, pair) == 0; }

bool is_base_far(const graph::Graph& graph, const std::vector<bool>& wanted) {
  for (const graph::SumPair& pair : graph.sum_pairs) {
    const std::size_t now = inputs_of(graph, pair.entry).size();
    const std::size_t then = inputs_of(graph, pair.before).size();
    const std::size_t common = count_common(graph, pair);
    if (wanted[static_cast<std::size_t>(pair.entry)] && common > 0 && now + then - 2 * common >= now) return true;
  }
  int taken_off = 0;
  for (std::size_t i = static_cast<std::size_t>(graph.entries_of_session); i < graph.entries.size(); ++i)
    taken_off += wanted[i] && graph.entries[i].inputs.empty() ? 1 : 0;
  return taken_off > kTracksTakenOffMax;
}

}  // namespace talkback::render
