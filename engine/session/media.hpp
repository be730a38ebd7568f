// What a session plays from files.
#pragma once

#include <map>
#include <string>

#include "engine/session/session.hpp"

namespace talkback::session {

// The name of every source, SoundFont and impulse response, by the hash of its bytes.
std::map<std::string, std::string> media_of(const Session& session);

}  // namespace talkback::session
