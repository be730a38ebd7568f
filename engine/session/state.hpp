// A whole session as a message, for snapshots, workers and the wire; and back, checked.
#pragma once

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::session {

// Objects parents first; equal sessions give equal bytes.
v1::SessionState to_state(const Session& session, std::uint64_t revision);

// Fails with `corrupt` where a rule is broken or the digest (if given) differs.
Result<Session> from_state(const v1::SessionState& state);

}  // namespace talkback::session
