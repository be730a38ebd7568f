// What one member hears: their own solos, mutes and levels over the shared mix, which stays as it is.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"

namespace talkback::project {

struct CueMix {
  std::vector<std::string> solo;  // names of tracks
  std::vector<std::string> mute;
  std::vector<std::pair<std::string, double>> levels;  // added to their faders, dB

  bool is_empty() const noexcept { return solo.empty() && mute.empty() && levels.empty(); }
};

// "Drums=-6" or "Drums=+3.5". Fails with `invalid`.
Result<std::pair<std::string, double>> cue_level_from_text(const std::string& text);

// The session as the member hears it. Fails with not_found for a track that is not there, naming those that are.
Result<session::Session> heard_with(const CueMix& cue, session::Session session);

}  // namespace talkback::project
