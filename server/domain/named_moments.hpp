// What an edit says of other branches, looked up before its room sees it: later merges and restores believe it.
#pragma once

#include "server/domain/branches.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::domain {

// Such edits are rare; all others need no look.
bool names_other_moments(const v1::Edit& edit);

// The edit merges a moment of another branch of the project, or restores one of any, that is there; and answers a
// suggestion only by taking from its branch into the one that it is for. into: where the edit is made. not_found: there
// is no such branch or revision; invalid: it is no other branch, or no suggestion for this one. What has passed once
// would pass later. [worker-thread]
Result<void> check_named_moments(Branches& branches, const ProjectId& project, const BranchId& into,
                                 const v1::Edit& edit);

}  // namespace talkback::domain
