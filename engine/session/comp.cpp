#include "engine/session/comp.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/session/defaults.hpp"

namespace talkback::session {
namespace {

struct Layer {
  ObjectId take;
  std::int64_t from = 0;
  std::int64_t to = 0;
  double crossfade_ms = 0.0;
};

// From the lowest to the topmost.
std::vector<Layer> layers_of(const Session& session, ObjectId track) {
  std::vector<Layer> layers;
  for (const v1::Object* object : session.children(track, v1::Object::kComp)) {
    const v1::Object full = with_defaults(*object);
    const v1::CompSegment& segment = full.comp();
    layers.push_back({ObjectId{segment.take_id()}, segment.position_ticks(),
                      segment.position_ticks() + segment.length_ticks(), segment.crossfade_ms()});
  }
  return layers;
}

}  // namespace

std::vector<CompStretch> comp_of(const Session& session, ObjectId track) {
  const std::vector<Layer> layers = layers_of(session, track);
  std::map<std::int64_t, std::vector<std::size_t>> edges;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    edges[layers[i].from].push_back(i);
    edges[layers[i].to].push_back(i);
  }
  std::vector<CompStretch> stretches;
  std::set<std::size_t> open;
  std::size_t top_before = 0;
  for (auto edge = edges.begin(); edge != edges.end(); ++edge) {
    for (const std::size_t i : edge->second)
      if (!open.insert(i).second) open.erase(i);
    if (open.empty()) continue;
    const std::size_t top = *open.rbegin();
    const TickPosition from{edge->first};
    const TickPosition to{std::next(edge)->first};
    const Layer& layer = layers[top];
    const bool meets = !stretches.empty() && stretches.back().to == from;
    if (meets && stretches.back().take == layer.take) {
      stretches.back().to = to;
      stretches.back().crossfade_out_ms = layer.crossfade_ms;
    } else {
      const double crossfade_in_ms = meets ? layers[std::max(top, top_before)].crossfade_ms : layer.crossfade_ms;
      if (meets) stretches.back().crossfade_out_ms = crossfade_in_ms;
      stretches.push_back({layer.take, from, to, crossfade_in_ms, layer.crossfade_ms});
    }
    top_before = top;
  }
  return stretches;
}

}  // namespace talkback::session
