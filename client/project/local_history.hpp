// What this machine knows of a branch's history, for work without the server: edits that wait, and those that led to
// the session as it was seen last.
#pragma once

#include <vector>

#include "client/project/open_project.hpp"
#include "client/project/undo_history.hpp"

namespace talkback::project {

struct LocalHistory {
  // The newest first. Edits that wait have revision 0.
  std::vector<PastEdit> edits;
  // Nothing of the branch lies before them.
  bool is_whole = false;
};

// user: whose edits wait here.
Result<LocalHistory> read_local_history(OpenProject& project, const std::string& user);

// The person's next undo and redo, as far as the history tells.
UndoHistory look_through(const LocalHistory& history, const std::string& user, const std::set<std::string>& passed);

}  // namespace talkback::project
