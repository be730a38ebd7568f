// Who may make which edit: performers in their own tracks (engine/session/performer_rights.hpp), owners and producers
// everywhere, the other roles nowhere. A suggestion is edited by its author alone, who may do anything there: it is an
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
