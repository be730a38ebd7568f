#include "engine/session/routing.hpp"

#include <unordered_map>

namespace talkback::session {
namespace {

void append_tracks(const Session& session, ObjectId parent, std::vector<const v1::Object*>& tracks) {
  for (const v1::Object* track : session.children(parent, v1::Object::kTrack)) {
    if (id_of(*track) == kMasterId) continue;
    tracks.push_back(track);
    append_tracks(session, id_of(*track), tracks);
  }
}

// Depth-first search for a loop (colours of Cormen et al., Introduction to Algorithms, ch. 22.3).
class LoopSearch {
 public:
  explicit LoopSearch(const Session& session) : session_(session) {}

  Result<void> visit(ObjectId track) {
    State& state = states_[track];
    if (state == State::done) return {};
    way_.push_back(track);
    if (state == State::open) return Error{ErrorCode::invalid, "the routing would run in a circle: " + names()};
    state = State::open;
    for (const ObjectId target : targets_of(session_, *session_.find(track))) TALKBACK_TRY(visit(target));
    states_[track] = State::done;
    way_.pop_back();
    return {};
  }

 private:
  enum class State { unseen, open, done };

  std::string names() const {
    std::string text;
    bool inside = false;
    for (const ObjectId id : way_) {
      inside = inside || id == way_.back();
      if (!inside) continue;
      if (!text.empty()) text += " -> ";
      text += session_.find(id)->track().name();
    }
    return text;
  }

  const Session& session_;
  std::unordered_map<ObjectId, State> states_;
  std::vector<ObjectId> way_;
};

}  // namespace

ObjectId output_of(const Session& session, const v1::Object& track) {
  if (id_of(track) == kMasterId) return {};
  if (track.track().output_id() != 0) return ObjectId{track.track().output_id()};
  const v1::Object* parent = session.find(parent_of(track));
  return parent != nullptr && parent->has_track() ? id_of(*parent) : kMasterId;
}

std::vector<ObjectId> targets_of(const Session& session, const v1::Object& track) {
  std::vector<ObjectId> targets;
  if (const ObjectId output = output_of(session, track)) targets.push_back(output);
  for (const v1::Object* send : session.children(id_of(track), v1::Object::kSend))
    targets.push_back(ObjectId{send->send().target_id()});
  // An effect that listens to this track makes its own track wait for it.
  for (const ObjectId id : session.referrers(id_of(track))) {
    const v1::Object* insert = session.find(id);
    if (insert != nullptr && insert->has_insert() && insert->insert().side_chain_id() == track.id())
      targets.push_back(parent_of(*insert));
  }
  return targets;
}

std::vector<const v1::Object*> all_tracks(const Session& session) {
  std::vector<const v1::Object*> tracks;
  append_tracks(session, kRootId, tracks);
  if (const v1::Object* master = session.find(kMasterId)) tracks.push_back(master);
  return tracks;
}

bool changes_routing(const Change& change) {
  if (!change.after) return false;  // less routing cannot close a loop
  const v1::Object& after = *change.after;
  if (after.has_send())
    return !change.before || change.before->send().target_id() != after.send().target_id() ||
           change.before->parent_id() != after.parent_id();
  if (after.has_insert())
    return after.insert().side_chain_id() != 0 &&
           (!change.before || change.before->insert().side_chain_id() != after.insert().side_chain_id() ||
            change.before->parent_id() != after.parent_id());
  if (after.has_track())
    return !change.before || change.before->track().output_id() != after.track().output_id() ||
           change.before->parent_id() != after.parent_id();
  return false;
}

Result<void> check_routing(const Session& session) {
  LoopSearch search(session);
  for (const v1::Object* track : all_tracks(session)) TALKBACK_TRY(search.visit(id_of(*track)));
  return {};
}

}  // namespace talkback::session
