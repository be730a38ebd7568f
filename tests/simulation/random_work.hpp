// What an editor does next, made up from the dice and from what they see.
#pragma once

#include <optional>
#include <string>

#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"
#include "talkback/v1/room.pb.h"
#include "tests/simulation/sabotage.hpp"
#include "tests/simulation/simulated_store.hpp"

namespace talkback::simulation {

// The session at revision 0: a song with tracks of three performers, a folder, a bus with sends, a source with clips,
// inserts and automation. Small, so that editors meet.
const v1::SessionState& small_song();

// Performers mostly keep to what is theirs, and sometimes do not.
v1::Edit random_edit(const session::Session& view, const std::string& user, v1::Role role, std::uint64_t dice);

// Takes back one of the user's newest edits up to the revision that they see; nullopt where there is nothing to take
// back.
std::optional<v1::Edit> random_undo(SimulatedStore& store, const session::Session& view, std::uint64_t revision,
                                    const std::string& user, std::uint64_t dice, Sabotage sabotage);

// "create track; update track.fader_db of 101".
std::string words(const v1::Edit& edit);

}  // namespace talkback::simulation
