// Operations as people type them, over the addresses of address.hpp:
//
//   Vocal.fader_db=-3                                     set a field ("default" clears it)
//   +session.track name="Reverb Bus" kind=bus             add an object, with fields
//   +Vocal.compressor threshold_db=-20 ratio=4            … an insert, by its effect
//   +Vocal.send target="Reverb Bus" level_db=-12          … references by name, "_id" may be left out
//   +Vocal.automation_lane field=fader_db                 … then +Vocal.automation_lane[1].breakpoint position=17
//   value=-6 -Vocal.send[Reverb Bus]                               delete
#pragma once

#include <functional>
#include <string_view>

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::session {

// One operation against the session as it stands; apply it before the next is read, so that later words find what
// earlier ones made. `new_id` supplies ids of new objects; a new object goes behind its siblings. Fails with `invalid`
// or `not_found` and a sentence.
Result<v1::Operation> operation_from_text(const Session& session, std::string_view text,
                                          const std::function<ObjectId()>& new_id);

// The key behind all children of that kind.
std::string last_order(const Session& session, ObjectId parent, v1::Object::BodyCase kind);

}  // namespace talkback::session
