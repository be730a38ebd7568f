// Readable addresses of objects and fields, as on the command line:
//
//   Vocal.fader_db                    a track's field (also "Lead Vocal".pan, master.fader_db, session.key)
//   Vocal.compressor.threshold_db     the first insert that holds a compressor; compressor[2] is the second
//   Vocal.equaliser.band_2.gain_db    fields may lie deeper
//   Vocal.send[Reverb].level_db       a child by its noun and its name, target or number
//   Keys.midi_clip[1].note[3].pitch   children of children
//   session.marker[Chorus].name       what lies directly in the session
//   #0123456789abcdef.pan             any object by its id
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"
#include "engine/session/field_path.hpp"
#include "engine/session/session.hpp"

namespace talkback::session {

struct Address {
  ObjectId object;
  std::optional<FieldPath> field;  // none where the text names an object alone
};

// Fails with `not_found` and says at which word, and what there is instead.
Result<Address> find_address(const Session& session, std::string_view text);

// The object's own address, as find_address reads it.
std::string address_of(const Session& session, const v1::Object& object);

}  // namespace talkback::session
