// Taking back what an edit did, in the session as it has become since.
//
// Only what still is as the edit left it goes back; later work stays, whoever did it, and is named. Taking back what an
// undo did is a redo.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/session/apply.hpp"

namespace talkback::session {

struct Undo {
  // Without id, base revision and summary; without operations where nothing can be taken back.
  v1::Edit edit;
  // What stays as it is, and why, for a musician.
  std::vector<std::string> left;
};

// changes: of the edit, when it was applied. A field goes back where nobody has set it since; an object that the edit
// made goes, with what it made below, where nobody has changed any of that, put something below it or referred to it
// since; one that it deleted comes back where its parent and what it refers to are there. performer: who takes it back,
// where they may edit their own tracks only (performer_rights.hpp); what is another's stays. Empty: whoever may edit
// everything. Fails with conflict where the rules forbid the rest.
Result<Undo> undo_of(const Session& now, const std::vector<Change>& changes, std::string_view performer = {});

}  // namespace talkback::session
