// What a performer may edit: the tracks whose `performer` they are, and everything below them.
//
// They may also add an audio or instrument track of their own at the top of the session or in a folder, and sources for
// what they record; they may delete a source that nothing but their own tracks plays. What they could not bring back
// they do not take away: folders and buses, and tracks of others that lie in a folder of theirs, are neither deleted
// nor moved out of it. The server holds them to it, an undo keeps to it by itself. One thread at a time; looks into the
// session that it was made with.
#pragma once

#include <string_view>
#include <unordered_map>

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::session {

class PerformerRights {
 public:
  // session and user outlive the object.
  PerformerRights(const Session& session, std::string_view user) : session_(session), user_(user) {}

  // denied, with a sentence for a musician. The operation may still break a rule of the session: apply() tells.
  Result<void> check(const v1::Operation& operation) const;
  Result<void> check_create(const v1::Object& object) const;

  // Counts from now on. The object outlives this.
  void note_created(const v1::Object& object) { created_[ObjectId{object.id()}] = &object; }

  // The object is an own track, or hangs below one.
  bool is_own(ObjectId id) const;

 private:
  Result<void> check_update(const v1::Update& update) const;
  const v1::Object* find(ObjectId id) const;
  Result<void> check_delete(ObjectId id) const;
  bool may_hold_tracks(ObjectId id) const;
  bool may_move(ObjectId id, ObjectId parent) const;
  bool is_new_source(ObjectId id) const;
  bool is_own_source(ObjectId id) const;

  const Session& session_;
  std::string_view user_;
  std::unordered_map<ObjectId, const v1::Object*> created_;
};

// Every operation in the light of those before it.
Result<void> check_performer(const Session& session, const v1::Edit& edit, std::string_view user);

}  // namespace talkback::session
