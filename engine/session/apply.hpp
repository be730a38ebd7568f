// Applying an edit: written once, for server and clients, so that all come to the same session.
//
// An edit is applied whole or not at all. An update or deletion of an object that is gone does nothing
// and is reported; deleting an object takes everything below it along, and what refers to it follows the rule of
// the referring field (cleared, or deleted as well: FieldRule.dies_with_target).
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::session {

// One object before and after; null where it was not there.
struct Change {
  ObjectPointer before;
  ObjectPointer after;
};

struct Skipped {
  int operation = 0;   // index in the edit
  std::string reason;  // for a musician
};

struct ApplyReport {
  std::vector<Change> changes;  // in the order in which the objects were touched first; no empty ones
  std::vector<Skipped> skipped;
};

// Fails with `invalid` (a rule is broken), `conflict` (an id exists already) or `exhausted` (a limit), and then the
// session is as before. Errors name the object and the field.
Result<ApplyReport> apply(Session& session, const v1::Edit& edit);

// Brings a session from where the changes began to where they ended, and back: what apply() has found out once
// is not checked again. The session stands at the other end.
void put_changes(Session& session, const std::vector<Change>& changes);
void put_back_changes(Session& session, const std::vector<Change>& changes);

// The operations that take the changes back: applied to the session after the edit they restore its digest. The
// edit has neither id nor base revision.
v1::Edit inverse_of(const ApplyReport& report);

}  // namespace talkback::session
