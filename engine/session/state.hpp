// A whole session as a message, for snapshots, workers and the wire; and back, checked.
#pragma once

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::session {

// A state that another thread can make into a message: it shares the objects.
struct FrozenState {
  std::uint64_t revision = 0;
  std::vector<ObjectPointer> objects;  // parents first
  Sha256Digest digest{};
};
FrozenState freeze(const Session& session, std::uint64_t revision);
v1::SessionState to_state(const FrozenState& frozen);

// Objects parents first; equal sessions give equal bytes.
v1::SessionState to_state(const Session& session, std::uint64_t revision);

// Fails with `corrupt` where a rule is broken or the digest (if given) differs.
Result<Session> from_state(const v1::SessionState& state);

}  // namespace talkback::session
