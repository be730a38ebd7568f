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
  for (std::size_t i = 0; storing_ && i < storing_->size(); ++i) ids.push_back(storing_->edit(i).edit_id());
  return ids;
}

void Room::take_back(const std::vector<EditName>& known) {
  if (over_ || !storing_) return;
  std::unordered_map<std::string_view, std::uint64_t> revisions;
  for (const EditName& name : known) revisions.emplace(name.edit_id, name.revision);
  for (const EditName& name : known)
    if (name.revision > durable_revision_)
      return end({ErrorCode::unavailable, "somebody else has written this history: come back"});
  for (const auto& [accepted, edit] : undo_waiting()) {
    const Participant& author = accepted.author;
    if (const auto found = revisions.find(edit.edit_id()); found != revisions.end()) {
      for (const ConnectionId each : connections_of(author.user))
        answer_again(each, found->second, edit.edit_id(), author.user);
      continue;
    }
    const auto again = accept(accepted.connection, author, edit, accepted.committed_unix_ms);
    if (again) continue;
    for (const ConnectionId each : connections_of(author.user))
      refuse(each, edit.edit_id(), author.user, again.error());
  }
}

// Who sent an edit may have sent it again meanwhile, over a new connection that was told nothing because the edit was
// accepted. Those who never did take no notice.
std::vector<ConnectionId> Room::connections_of(const std::string& user) const {
  std::vector<ConnectionId> connections;
  for (const auto& [connection, present] : members_)
    if (present.participant.user == user) connections.push_back(connection);
  return connections;
}

// Everything accepted and not durable, in order, with ahead_ as it was before.
std::vector<std::pair<AcceptedEdit, v1::Edit>> Room::undo_waiting() {
  waiting_.push_front(*std::exchange(storing_, std::nullopt));
  std::vector<std::pair<AcceptedEdit, v1::Edit>> edits;
  for (AcceptedBatch& batch : waiting_) {
    std::vector<v1::Edit> messages;
    for (std::size_t i = 0; i < batch.size(); ++i) messages.push_back(batch.edit(i));
    std::vector<AcceptedEdit> accepted = batch.take_edits();
    for (std::size_t i = 0; i < accepted.size(); ++i)
      edits.emplace_back(std::move(accepted[i]), std::move(messages[i]));
  }
  waiting_.clear();
  waiting_bytes_ = 0;
  for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) {
    session::put_back_changes(ahead_, edit->first.changes);
    recent_.forget(edit->second.edit_id());
  }
  ahead_revision_ = durable_revision_;
  storing_digest_.reset();
  return edits;
}

}  // namespace talkback::domain
