// The canonical form of an object and the digest of a whole session.
//
// Serialized protobuf is not canonical (its text may differ between versions), so hashes go over a form
// of our own: every set field in number order, each as number, type and value. Empty messages that are
// no member of a oneof count as not set; -0.0 counts as 0.0. The digest of a session adds the hashes of its
// objects as four 64-bit lanes, so that it does not depend on their order, and hashes the sums.
#pragma once

#include <string>

#include "engine/base/sha256.hpp"
#include "talkback/v1/session.pb.h"

namespace talkback::session {

class Session;

// The bytes that are hashed. Deterministic on every machine.
std::string canonical_form(const v1::Object& object);

Sha256Digest object_digest(const v1::Object& object);

// Hashes only what changed since it was asked last; not to be called on one session by two threads at once.
Sha256Digest digest(const Session& session);

}  // namespace talkback::session
