// The instrument track that a command works on, made where it is missing.
#pragma once

#include <string>

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::project {

struct InstrumentTrack {
  ObjectId id;
  bool is_new = false;
};

// By name or address. A new one, before the master, is added to the edit, without an instrument. Fails with invalid
// where the name is that of another kind of track or of several.
Result<InstrumentTrack> find_or_add_instrument_track(v1::Edit& edit, const session::Session& session,
                                                     const std::string& name);

// Adds an instrument object, empty yet, to the edit.
v1::Object& add_instrument(v1::Edit& edit, ObjectId track);

}  // namespace talkback::project
