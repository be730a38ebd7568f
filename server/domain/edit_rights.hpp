// What a performer may edit: the tracks whose `performer` they are, and everything below them.
//
// They may also add an audio or instrument track of their own at the top of the session or in a folder, and sources for
// what they record; they may delete a source that nothing but their own tracks plays. Owners and producers edit
// everything; the other roles nothing. A suggestion is edited by its author alone, who may do anything there: it is an
// offer. [any-thread]
#pragma once

#include <string_view>

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "server/domain/policy.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::domain {

// suggested_by: the author of the suggestion whose branch it is; empty on other branches.
// denied, with a sentence for a musician. The edit may still break a rule of the session: apply() tells.
Result<void> check_edit_rights(const session::Session& session, const v1::Edit& edit, std::string_view user,
                               v1::Role role, std::string_view suggested_by = {});

}  // namespace talkback::domain
