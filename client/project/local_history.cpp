#include "client/project/local_history.hpp"

#include <algorithm>

namespace talkback::project {

Result<LocalHistory> read_local_history(OpenProject& project, const std::string& user) {
  LocalHistory history;
  const replica::Replica& replica = project.sync().replica();
  session::Session session = replica.confirmed();
  for (const v1::Edit& edit : replica.pending()) {
    PastEdit& past = history.edits.emplace_back();
    past.edit.set_author(user);
    *past.edit.mutable_edit() = edit;
    if (auto report = session::apply(session, edit)) past.changes = std::move(report->changes);
  }
  std::ranges::reverse(history.edits);
  TALKBACK_ASSIGN(auto known, project.sync().known_edits());
  history.is_whole = known.empty() ? replica.revision() == 0 : known.back().edit().revision() == 1;
  for (v1::KnownEdit& each : known)
    history.edits.push_back({std::move(*each.mutable_edit()), replica::changes_of(each.changes())});
  return history;
}

UndoHistory look_through(const LocalHistory& history, const std::string& user, const std::set<std::string>& passed) {
  UndoHistory undo(user, passed);
  for (auto edit = history.edits.begin(); edit != history.edits.end() && !undo.is_complete(); ++edit)
    undo.look_at(edit->edit);
  return undo;
}

}  // namespace talkback::project
