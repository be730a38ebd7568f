// The rules that one object must keep, read from the options of the model; and those few that no option can state.
#pragma once

#include <string>

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"

namespace talkback::session {

// Parent, references, ranges, sizes, required fields. `before` is the object before the edit, or nullptr.
// Fails with `invalid` or `exhausted` and a sentence that names the object.
Result<void> check_object(const Session& session, const v1::Object& object, const v1::Object* before);

// The object in words: track "Vocal", compressor of track "Vocal".
std::string title_of(const Session& session, const v1::Object& object);

}  // namespace talkback::session
