// Changes in a musician's words: "Vocal: fader -2 dB -> -3.5 dB", "12 notes added to midi clip "Lead"".
#pragma once

#include <string>
#include <vector>

#include "engine/session/apply.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::session {

// From so many on, objects of one kind under one parent are counted rather than listed.
inline constexpr std::size_t kListedMax = 3;

// Words for changes between two sessions, of which any part may be told at a time.
class Wording {
 public:
  // The sessions outlive it.
  Wording(const Session& before, const Session& after) : before_(before), after_(after), map_(tempo_map(after)) {}

  // One sentence a change; more than kListedMax of a kind under one parent are counted in one sentence.
  std::vector<std::string> describe(const std::vector<Change>& changes) const;

 private:
  const Session& before_;
  const Session& after_;
  const timeline::TempoMap map_;
};

// As above. `after` is the session with the changes made.
std::vector<std::string> describe(const std::vector<Change>& changes, const Session& after);

}  // namespace talkback::session
