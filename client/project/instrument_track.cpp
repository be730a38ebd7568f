#include "client/project/instrument_track.hpp"

#include "client/replica/sync.hpp"
#include "engine/session/address.hpp"
#include "engine/session/edit_text.hpp"

namespace talkback::project {

Result<InstrumentTrack> find_or_add_instrument_track(v1::Edit& edit, const session::Session& session,
                                                     const std::string& name) {
  const auto address = session::find_address(session, name);
  if (address) {
    const v1::Object* track = session.find(address->object);
    if (!address->field && track != nullptr && track->has_track() && track->track().kind() == v1::Track::INSTRUMENT)
      return InstrumentTrack{address->object, false};
    return Error{ErrorCode::invalid, "\"" + name + "\" is no instrument track; give another name, and one is made"};
  }
  if (address.error().code != ErrorCode::not_found) return address.error();
  v1::Object& track = *edit.add_operations()->mutable_create();
  track.set_id(replica::new_object_id().value);
  track.set_parent_id(kRootId.value);
  track.set_order(session::last_order(session, kRootId, v1::Object::kTrack));
  track.mutable_track()->set_kind(v1::Track::INSTRUMENT);
  track.mutable_track()->set_name(name);
  return InstrumentTrack{session::id_of(track), true};
}

v1::Object& add_instrument(v1::Edit& edit, ObjectId track) {
  v1::Object& object = *edit.add_operations()->mutable_create();
  object.set_id(replica::new_object_id().value);
  object.set_parent_id(track.value);
  object.set_order("V");
  object.mutable_instrument();
  return object;
}

}  // namespace talkback::project
