// Edits that may be made without the server: kept on this machine and sent later.
#pragma once

#include <memory>
#include <optional>

#include "client/cli/context.hpp"

namespace talkback::cli {

struct EditableProject {
  std::unique_ptr<project::OpenProject> project;
  // Why the server cannot be reached; nullopt where it was.
  std::optional<Error> offline;
};

// Caught up with the head; or, where the server cannot be reached and the project has been here before, as it was then.
Result<EditableProject> open_for_edit(Context& context, const std::string& text);

// Tells what was skipped, and who is at work on what was changed. Offline the edit is kept, and the error says so.
Result<project::OpenProject::Outcome> submit_edit(Context& context, EditableProject& editable, v1::Edit edit);

// Of an edit that takes back another. Offline it is kept as well, and what comes back has revision 0: the caller has
// more to do before it tells with kept_for_later().
Result<project::OpenProject::Outcome> submit_take_back(Context& context, EditableProject& editable, v1::Edit edit,
                                                       replica::TakeBack take_back);

// What is told of work that waits on this machine.
Error kept_for_later(const Error& offline);

}  // namespace talkback::cli
