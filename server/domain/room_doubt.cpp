// The part of a room that finds out whether an edit is older than its memory: sent again by somebody who never heard
// that it was accepted.
#include <unordered_map>

#include "engine/session/apply.hpp"
#include "server/domain/room.hpp"

namespace talkback::domain {

// An edit that was accepted long ago mostly breaks a rule now: what it creates is there.
void Room::refuse(ConnectionId connection, const std::string& edit_id, const std::string& user, const Error& error) {
  if (recent_.is_everything()) return reject(connection, edit_id, error);
  if (questions_.size() >= kQuestionsMax)
    return reject(connection, edit_id, {ErrorCode::unavailable, "too much is to be looked up: try again"});
  questions_.push_back({.connection = connection, .edit_id = edit_id, .user = user, .error = error});
}

std::vector<std::string> Room::take_questions() {
  if (!asked_.empty() || over_) return {};
  asked_ = std::exchange(questions_, {});
  std::vector<std::string> ids;
  for (const Question& question : asked_) ids.push_back(question.edit_id);
  return ids;
}

void Room::answer_questions(const Result<std::vector<EditName>>& known) {
  std::unordered_map<std::string_view, std::uint64_t> revisions;
  if (known)
    for (const EditName& name : *known) revisions.emplace(name.edit_id, name.revision);
  for (const Question& question : std::exchange(asked_, {})) {
    const auto found = revisions.find(question.edit_id);
    if (!known)
      reject(question.connection, question.edit_id, {ErrorCode::unavailable, known.error().message});
    else if (found != revisions.end())
      answer_again(question.connection, found->second, question.edit_id, question.user);
    else
      reject(question.connection, question.edit_id, question.error);
  }
}

std::vector<std::string> Room::storing_ids() const {
  std::vector<std::string> ids;
  v1::ServerFrame frame;
  if (!storing_ || !frame.ParseFromString(*storing_->frame().bytes)) return ids;
  for (const v1::CommittedEdit& committed : frame.committed().edits()) ids.push_back(committed.edit().edit_id());
  return ids;
}

void Room::take_back(const std::vector<EditName>& known) {
  if (over_ || !storing_) return;
  std::unordered_map<std::string_view, std::uint64_t> revisions;
  for (const EditName& name : known) revisions.emplace(name.edit_id, name.revision);
  for (const EditName& name : known)
    if (name.revision > durable_revision_)
      return end({ErrorCode::unavailable, "somebody else has written this history: come back"});
  for (AcceptedEdit& edit : undo_waiting()) {
    const std::string id = edit.committed.edit().edit_id();
    if (const auto found = revisions.find(id); found != revisions.end()) {
      answer_again(edit.connection, found->second, id, edit.author.user);
      continue;
    }
    const auto accepted = accept(edit.connection, edit.author, std::move(*edit.committed.mutable_edit()),
                                 edit.committed.committed_unix_ms());
    if (!accepted) refuse(edit.connection, id, edit.author.user, accepted.error());
  }
}

// Everything accepted and not durable, in order, with ahead_ as it was before.
std::vector<AcceptedEdit> Room::undo_waiting() {
  // The store has the messages of its batch; the frame has them as well.
  v1::ServerFrame frame;
  TALKBACK_CHECK(frame.ParseFromString(*storing_->frame().bytes));
  std::vector<AcceptedEdit> edits = storing_->take_edits();
  for (std::size_t i = 0; i < edits.size(); ++i)
    edits[i].committed = std::move(*frame.mutable_committed()->mutable_edits(static_cast<int>(i)));
  for (AcceptedBatch& batch : waiting_)
    for (AcceptedEdit& edit : batch.take_edits()) edits.push_back(std::move(edit));
  storing_.reset();
  waiting_.clear();
  waiting_bytes_ = 0;
  for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) {
    session::put_back_changes(ahead_, edit->changes);
    recent_.forget(edit->committed.edit().edit_id());
  }
  ahead_revision_ = durable_revision_;
  return edits;
}

}  // namespace talkback::domain
