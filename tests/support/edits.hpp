// Edits in a few words, for tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "talkback/v1/edit.pb.h"
#include "talkback/v1/replica.pb.h"

namespace talkback::test {

// Sixteen bytes that name the edit `number`.
inline std::string edit_id(std::uint64_t number) {
  std::string id(16, '\0');
  std::memcpy(id.data(), &number, sizeof number);
  return id;
}

inline v1::Edit create_track(std::uint64_t edit, std::uint64_t id, const std::string& name,
                             const std::string& performer = "", std::uint64_t parent = 1) {
  v1::Edit made;
  made.set_edit_id(edit_id(edit));
  v1::Object& object = *made.add_operations()->mutable_create();
  object.set_id(id);
  object.set_parent_id(parent);
  object.set_order("m");
  object.mutable_track()->set_kind(v1::Track::AUDIO);
  object.mutable_track()->set_name(name);
  object.mutable_track()->set_performer(performer);
  return made;
}

inline v1::Edit move_fader(std::uint64_t edit, std::uint64_t track, double fader_db) {
  v1::Edit made;
  made.set_edit_id(edit_id(edit));
  v1::Update& update = *made.add_operations()->mutable_update();
  update.mutable_values()->set_id(track);
  update.mutable_values()->mutable_track()->set_fader_db(fader_db);
  update.mutable_fields()->add_paths("track.fader_db");
  return made;
}

inline v1::Edit delete_object(std::uint64_t edit, std::uint64_t id) {
  v1::Edit made;
  made.set_edit_id(edit_id(edit));
  made.add_operations()->set_delete_id(id);
  return made;
}

// As a member's machine keeps it until the server has answered.
inline v1::PendingEdit waiting(v1::Edit edit) {
  v1::PendingEdit pending;
  *pending.mutable_edit() = std::move(edit);
  return pending;
}

}  // namespace talkback::test
