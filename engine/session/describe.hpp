// Changes in a musician's words: "Vocal: fader -2 dB -> -3.5 dB", "12 notes added to midi clip "Lead"".
#pragma once

#include <string>
#include <vector>

#include "engine/session/apply.hpp"

namespace talkback::session {

// One sentence a change; many of a kind under one parent are counted in one sentence. `after` is the session with
// the changes made.
std::vector<std::string> describe(const std::vector<Change>& changes, const Session& after);

}  // namespace talkback::session
