#include "client/project/undo_history.hpp"

#include <algorithm>

#include "engine/session/state.hpp"

namespace talkback::project {

namespace {

constexpr std::uint64_t kEditsAtOnce = 500;

}  // namespace

void UndoHistory::look_at(const v1::CommittedEdit& committed) {
  if (committed.author() != user_) return;
  const v1::Edit& edit = committed.edit();
  const bool stands = !taken_back_.contains(committed.revision()) && !taken_back_ids_.contains(edit.edit_id());
  switch (edit.takes_back_case()) {
    case v1::Edit::kUndoes:
    case v1::Edit::kUndoesEdit:
      if (!stands) return;
      take_back(edit.undoes(), edit.undoes_edit());
      if (!redo_ && !is_redo_over_) redo_ = committed;
      return;
    case v1::Edit::kRedoes:
    case v1::Edit::kRedoesEdit:
      if (stands) take_back(edit.redoes(), edit.redoes_edit());
      break;
    case v1::Edit::kReverts:
    case v1::Edit::TAKES_BACK_NOT_SET:
      is_redo_over_ = true;
      break;
  }
  if (stands && !undo_) undo_ = committed;
}

void UndoHistory::take_back(std::uint64_t revision, const std::string& edit_id) {
  if (revision != 0) taken_back_.insert(revision);
  if (!edit_id.empty()) taken_back_ids_.insert(edit_id);
}

Result<UndoHistory> read_undo_history(net::Api& api, const net::BranchName& branch, std::uint64_t head_revision,
                                      const std::string& user, const std::set<std::string>& passed) {
  UndoHistory history(user, passed);
  std::uint64_t end = head_revision;
  while (end > 0 && !history.is_complete()) {
    const std::uint64_t begin = end > kEditsAtOnce ? end - kEditsAtOnce : 0;
    std::vector<v1::CommittedEdit> edits;
    // An answer may hold less than was asked for.
    for (std::uint64_t at = begin; at < end;) {
      TALKBACK_ASSIGN(const v1::CommittedBatch batch, api.history(branch, at, static_cast<int>(end - at)));
      if (batch.edits().empty()) return Error{ErrorCode::corrupt, "the server's history has a gap"};
      edits.insert(edits.end(), batch.edits().begin(), batch.edits().end());
      at = edits.back().revision();
    }
    for (auto edit = edits.rbegin(); edit != edits.rend() && !history.is_complete(); ++edit) history.look_at(*edit);
    end = begin;
  }
  return history;
}

Result<PastEdit> read_past_edit(net::Api& api, const net::BranchName& branch, std::uint64_t revision) {
  if (revision == 0) return Error{ErrorCode::not_found, "revision 0 is the empty session: no edit made it"};
  TALKBACK_ASSIGN(const v1::CommittedBatch batch, api.history(branch, revision - 1, 1));
  if (batch.edits().empty() || batch.edits(0).revision() != revision)
    return Error{ErrorCode::not_found, "there is no edit with the revision " + std::to_string(revision)};
  TALKBACK_ASSIGN(const v1::SessionState state, api.session_before(branch, revision));
  TALKBACK_ASSIGN(session::Session session, session::from_state(state));
  PastEdit past{.edit = batch.edits(0), .changes = {}};
  TALKBACK_ASSIGN(session::ApplyReport report, session::apply(session, past.edit.edit()));
  past.changes = std::move(report.changes);
  return past;
}

}  // namespace talkback::project
