#include "server/domain/edit_rights.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "engine/session/limits.hpp"

namespace talkback::domain {
namespace {

using session::Session;

// The session as the operations so far leave it, as far as ownership goes.
class Ownership {
 public:
  Ownership(const Session& session, std::string_view user) : session_(session), user_(user) {}

  // The object is an own track, or hangs below one.
  bool is_own(ObjectId id) const {
    for (int depth = 0; id && depth <= 2 * session::kTreeDepthMax; ++depth) {
      const v1::Object* object = find(id);
      if (object == nullptr) return false;
      if (object->has_track() && object->track().performer() == user_) return true;
      id = ObjectId{object->parent_id()};
    }
    return false;
  }

  // Where they may put a track of theirs: at the top of the session and in folders, where it touches nobody else's; so
  // that what they take out of a folder they can put back.
  bool may_hold_tracks(ObjectId id) const {
    const v1::Object* object = find(id);
    return id == kRootId || is_own(id) ||
           (object != nullptr && object->has_track() && object->track().kind() == v1::Track::FOLDER);
  }

  bool is_track(ObjectId id) const {
    const v1::Object* object = find(id);
    return object != nullptr && object->has_track();
  }

  bool is_new_source(ObjectId id) const {
    const auto found = created_.find(id);
    return found != created_.end() && found->second->has_source();
  }

  // A recording that only their own clips and takes play: whoever records may take that back.
  bool is_own_source(ObjectId id) const {
    const v1::Object* object = session_.find(id);
    if (object == nullptr || !object->has_source()) return false;
    const std::vector<ObjectId> referrers = session_.referrers(id);
    return !referrers.empty() && std::ranges::all_of(referrers, [this](ObjectId who) { return is_own(who); });
  }

  void note_created(const v1::Object& object) { created_[ObjectId{object.id()}] = &object; }

 private:
  const v1::Object* find(ObjectId id) const {
    const auto found = created_.find(id);
    return found != created_.end() ? found->second : session_.find(id);
  }

  const Session& session_;
  std::string_view user_;
  std::unordered_map<ObjectId, const v1::Object*> created_;
};

Error foreign(std::string_view what) {
  return Error{ErrorCode::denied, "as a performer you may edit your own tracks only: " + std::string(what)};
}

Result<void> check_create(const Ownership& ownership, const v1::Object& object, std::string_view user) {
  const ObjectId parent{object.parent_id()};
  if (object.has_source()) return {};
  if (!object.has_track()) {
    if (ownership.is_own(parent)) return {};
    return foreign("this would be added to another's");
  }
  const v1::Track& track = object.track();
  const bool plays = track.kind() == v1::Track::AUDIO || track.kind() == v1::Track::INSTRUMENT;
  if (!plays) return foreign("folders and buses are the producer's");
  if (track.performer() != user) return foreign("a new track must name you as its performer");
  if (!ownership.may_hold_tracks(parent)) return foreign("a new track stands at the top of the session or in a folder");
  return {};
}

Result<void> check_update(const Ownership& ownership, const v1::Update& update, std::string_view user) {
  const v1::Object& values = update.values();
  const ObjectId id{values.id()};
  if (ownership.is_new_source(id)) return {};
  if (!ownership.is_own(id)) return foreign("this belongs to another track");
  for (const std::string& path : update.fields().paths()) {
    const ObjectId parent{values.parent_id()};
    if (path == "parent_id" && !(ownership.is_track(id) ? ownership.may_hold_tracks(parent) : ownership.is_own(parent)))
      return foreign("it would move to another's track");
    // A path above the field ("track") sets it as well.
    if ((path == "track" || path.starts_with("track.performer")) && values.track().performer() != user)
      return foreign("the producer gives a track to another performer");
  }
  return {};
}

}  // namespace

Result<void> check_edit_rights(const Session& session, const v1::Edit& edit, std::string_view user, v1::Role role,
                               std::string_view suggested_by) {
  if (!suggested_by.empty()) {
    TALKBACK_TRY(check_allowed(Action::suggest, role));
    if (user == suggested_by) return {};
    return Error{ErrorCode::denied, "this suggestion is " + std::string(suggested_by) +
                                        "'s, who alone changes it: make one of your own, or take what you like of it"};
  }
  TALKBACK_TRY(check_allowed(Action::submit_edit, role));
  if (role != v1::PERFORMER) return {};

  Ownership ownership(session, user);
  for (const v1::Operation& operation : edit.operations()) {
    switch (operation.kind_case()) {
      case v1::Operation::kCreate:
        TALKBACK_TRY(check_create(ownership, operation.create(), user));
        ownership.note_created(operation.create());
        break;
      case v1::Operation::kUpdate:
        TALKBACK_TRY(check_update(ownership, operation.update(), user));
        break;
      case v1::Operation::kDeleteId:
        if (!ownership.is_own(ObjectId{operation.delete_id()}) &&
            !ownership.is_own_source(ObjectId{operation.delete_id()}))
          return foreign("this belongs to another track");
        break;
      case v1::Operation::KIND_NOT_SET:
        break;
    }
  }
  return {};
}

}  // namespace talkback::domain
