// The difference between two sessions, as changes and as the edit that leads from one to the other.
#pragma once

#include <vector>

#include "engine/session/apply.hpp"

namespace talkback::session {

// Fields of one can be set in the other: the same body, with the same members of oneofs.
bool is_same_kind(const v1::Object& a, const v1::Object& b);

// Objects that differ, in the order of their ids.
std::vector<Change> diff(const Session& before, const Session& after);

// Operations that make every `before` its `after`: creations with parents first, then updates of single fields, then
// deletions. Leaves id, base revision and summary empty.
v1::Edit edit_of(const std::vector<Change>& changes);

}  // namespace talkback::session
