// Where sound goes: outputs, folder tracks and sends, and the rule that it never comes back.
#pragma once

#include <vector>

#include "engine/session/apply.hpp"

namespace talkback::session {

// The track that a track's output reaches: as set, else the folder track it lies in, else the master. The master's is
// none.
ObjectId output_of(const Session& session, const v1::Object& track);

// Every track that this track's sound reaches directly: its output, and the targets of its sends.
std::vector<ObjectId> targets_of(const Session& session, const v1::Object& track);

// Every track, at any depth, in the order of the mixer: depth first, the master last.
std::vector<const v1::Object*> all_tracks(const Session& session);

// The change may have altered who reaches whom.
bool changes_routing(const Change& change);

// Fails with `invalid` and the names around the loop.
Result<void> check_routing(const Session& session);

}  // namespace talkback::session
