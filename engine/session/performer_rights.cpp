#include "engine/session/performer_rights.hpp"

#include <algorithm>
#include <string>

#include "engine/session/limits.hpp"

namespace talkback::session {
namespace {

Error foreign(std::string_view what) {
  return Error{ErrorCode::denied, "as a performer you may edit your own tracks only: " + std::string(what)};
}

}  // namespace

const v1::Object* PerformerRights::find(ObjectId id) const {
  const auto found = created_.find(id);
  return found != created_.end() ? found->second : session_.find(id);
}

bool PerformerRights::is_own(ObjectId id) const {
  for (int depth = 0; id && depth <= 2 * kTreeDepthMax; ++depth) {
    const v1::Object* object = find(id);
    if (object == nullptr) return false;
    if (object->has_track() && object->track().performer() == user_) return true;
    id = ObjectId{object->parent_id()};
  }
  return false;
}

// Where they may put a track of theirs: at the top of the session and in folders, where it touches nobody else's; so
// that what they take out of a folder they can put back.
bool PerformerRights::may_hold_tracks(ObjectId id) const {
  const v1::Object* object = find(id);
  return id == kRootId || is_own(id) ||
         (object != nullptr && object->has_track() && object->track().kind() == v1::Track::FOLDER);
}

// A track of theirs stays theirs wherever it stands; everything else is theirs by where it lies.
bool PerformerRights::may_move(ObjectId id, ObjectId parent) const {
  if (is_own(parent)) return true;
  const v1::Object* object = find(id);
  return object != nullptr && object->has_track() && object->track().performer() == user_ && may_hold_tracks(parent);
}

bool PerformerRights::is_new_source(ObjectId id) const {
  const auto found = created_.find(id);
  return found != created_.end() && found->second->has_source();
}

// A recording that only their own clips and takes play: whoever records may take that back.
bool PerformerRights::is_own_source(ObjectId id) const {
  const v1::Object* object = session_.find(id);
  if (object == nullptr || !object->has_source()) return false;
  const std::vector<ObjectId> referrers = session_.referrers(id);
  return !referrers.empty() && std::ranges::all_of(referrers, [this](ObjectId who) { return is_own(who); });
}

Result<void> PerformerRights::check_create(const v1::Object& object) const {
  const ObjectId parent{object.parent_id()};
  if (object.has_source()) return {};
  if (!object.has_track()) {
    if (is_own(parent)) return {};
    return foreign("this would be added to another's");
  }
  const v1::Track& track = object.track();
  const bool plays = track.kind() == v1::Track::AUDIO || track.kind() == v1::Track::INSTRUMENT;
  if (!plays) return foreign("folders and buses are the producer's");
  if (track.performer() != user_) return foreign("a new track must name you as its performer");
  if (!may_hold_tracks(parent)) return foreign("a new track stands at the top of the session or in a folder");
  return {};
}

Result<void> PerformerRights::check_update(const v1::Update& update) const {
  const v1::Object& values = update.values();
  const ObjectId id{values.id()};
  if (is_new_source(id)) return {};
  if (!is_own(id)) return foreign("this belongs to another track");
  for (const std::string& path : update.fields().paths()) {
    const ObjectId parent{values.parent_id()};
    if (path == "parent_id" && !may_move(id, parent)) return foreign("it would move to another's track");
    // A path above the field ("track") sets it as well.
    if ((path == "track" || path.starts_with("track.performer")) && values.track().performer() != user_)
      return foreign("the producer gives a track to another performer");
  }
  return {};
}

Result<void> PerformerRights::check_delete(ObjectId id) const {
  if (is_own_source(id)) return {};
  if (!is_own(id)) return foreign("this belongs to another track");
  const v1::Object* object = find(id);
  if (!object->has_track()) return {};
  // Only tracks hold tracks.
  TALKBACK_TRY(check_create(*object));
  for (const v1::Object* child : session_.children(id, v1::Object::kTrack)) TALKBACK_TRY(check_delete(id_of(*child)));
  return {};
}

Result<void> PerformerRights::check(const v1::Operation& operation) const {
  switch (operation.kind_case()) {
    case v1::Operation::kCreate:
      return check_create(operation.create());
    case v1::Operation::kUpdate:
      return check_update(operation.update());
    case v1::Operation::kDeleteId:
      return check_delete(ObjectId{operation.delete_id()});
    case v1::Operation::KIND_NOT_SET:
      break;
  }
  return {};
}

Result<void> check_performer(const Session& session, const v1::Edit& edit, std::string_view user) {
  PerformerRights rights(session, user);
  for (const v1::Operation& operation : edit.operations()) {
    TALKBACK_TRY(rights.check(operation));
    if (operation.has_create()) rights.note_created(operation.create());
  }
  return {};
}

}  // namespace talkback::session
