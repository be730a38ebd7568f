// Which of a person's edits is undone or redone next, as the project's history tells.
//
// Everybody undoes their own edits, the newest first, on whichever machine they were made. After something new there is
// nothing to redo.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/net/api.hpp"
#include "engine/session/apply.hpp"

namespace talkback::project {

// Reads a history backwards.
class UndoHistory {
 public:
  // passed: edits that can no longer be taken back, by edit id.
  explicit UndoHistory(std::string user, const std::set<std::string>& passed = {})
      : user_(std::move(user)), taken_back_ids_(passed) {}

  // Every edit of the project, the newest first, until is_complete(); before them those that wait for the server, with
  // revision 0.
  void look_at(const v1::CommittedEdit& edit);
  bool is_complete() const noexcept { return undo_ && knows_redo(); }
  // Older edits have no say in the redo any more.
  bool knows_redo() const noexcept { return redo_ || is_redo_over_; }

  // nullopt: there is none.
  const std::optional<v1::CommittedEdit>& next_undo() const noexcept { return undo_; }
  const std::optional<v1::CommittedEdit>& next_redo() const noexcept { return redo_; }

 private:
  void take_back(std::uint64_t revision, const std::string& edit_id);

  std::string user_;
  std::set<std::uint64_t> taken_back_;
  std::set<std::string> taken_back_ids_;
  bool is_redo_over_ = false;
  std::optional<v1::CommittedEdit> undo_;
  std::optional<v1::CommittedEdit> redo_;
};

// Reads as much of the branch's history as it takes.
Result<UndoHistory> read_undo_history(net::Api& api, const net::BranchName& branch, std::uint64_t head_revision,
                                      const std::string& user, const std::set<std::string>& passed);

// What an edit changed when it was made. Fails with not_found where the project has no such revision.
struct PastEdit {
  v1::CommittedEdit edit;
  std::vector<session::Change> changes;
};
Result<PastEdit> read_past_edit(net::Api& api, const net::BranchName& branch, std::uint64_t revision);

}  // namespace talkback::project
