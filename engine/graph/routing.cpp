#include "engine/graph/routing.hpp"

#include <algorithm>

namespace talkback::graph {

Routing::Routing(const session::Session& session) : session_(session) {
  collect(kRootId);
  std::set<ObjectId> safe;
  for (const v1::Object* track : tracks_) {
    const ObjectId id = session::id_of(*track);
    const bool in_soloed_folder = soloed_.contains(session::parent_of(*track));
    if (is_soloed(*track) || in_soloed_folder) soloed_.insert(id);
    if (track->track().solo_safe()) safe.insert(id);
    if (is_muted(*track)) continue;
    connections_.push_back({id, output_of(*track), nullptr});
    for (const v1::Object* send : session.children(id, v1::Object::kSend)) {
      const bool is_off = send->send().mute() && !has_lane(session::id_of(*send), "mute");
      if (!is_off) connections_.push_back({id, ObjectId{send->send().target_id()}, send});
    }
  }
  downstream_ = upstream_ = soloed_;
  downstream_.insert(safe.begin(), safe.end());
  spread(connections_, true, downstream_);
  spread(connections_, false, upstream_);
}

void Routing::collect(ObjectId parent) {
  for (const v1::Object* track : session_.children(parent, v1::Object::kTrack)) {
    if (track->track().kind() == v1::Track::MASTER || track->track().kind() == v1::Track::VCA) continue;
    tracks_.push_back(track);
    if (track->track().kind() == v1::Track::FOLDER) collect(session::id_of(*track));
  }
}

bool Routing::has_lane(ObjectId parent, std::string_view field) const {
  return std::ranges::any_of(session_.children(parent, v1::Object::kAutomation), [&](const v1::Object* lane) {
    return lane->automation().field() == field && !lane->automation().bypassed() &&
           session_.count_children(session::id_of(*lane), v1::Object::kBreakpoint) > 0;
  });
}

bool Routing::is_muted(const v1::Object& track) const {
  for (const v1::Object* at = &track; at != nullptr && at->has_track(); at = session_.find(session::parent_of(*at))) {
    if (at->track().mute() && !has_lane(session::id_of(*at), "mute")) return true;
    const v1::Object* group = session_.find(ObjectId{at->track().vca_id()});
    if (group != nullptr && group->track().mute() && !has_lane(session::id_of(*group), "mute")) return true;
  }
  return false;
}

ObjectId Routing::output_of(const v1::Object& track) const {
  if (track.track().output_id() != 0) return ObjectId{track.track().output_id()};
  const ObjectId parent = session::parent_of(track);
  return parent == kRootId ? session::kMasterId : parent;
}

bool Routing::is_soloed(const v1::Object& track) const {
  const v1::Object* group = session_.find(ObjectId{track.track().vca_id()});
  return track.track().solo() || (group != nullptr && group->track().solo());
}

void Routing::spread(const std::vector<Connection>& connections, bool downstream, std::set<ObjectId>& reached) {
  // Routing has no cycle: each round reaches one step further.
  for (bool grows = true; grows;) {
    grows = false;
    for (const Connection& connection : connections) {
      const ObjectId near = downstream ? connection.from : connection.to;
      const ObjectId far = downstream ? connection.to : connection.from;
      if (reached.contains(near) && reached.insert(far).second) grows = true;
    }
  }
}

std::vector<Connection> Routing::audible_inputs(ObjectId track) const {
  std::vector<Connection> result;
  for (const Connection& connection : connections_) {
    if (connection.to != track) continue;
    const bool sounds = soloed_.empty() || downstream_.contains(connection.from) || upstream_.contains(connection.to);
    if (sounds) result.push_back(connection);
  }
  return result;
}

}  // namespace talkback::graph
