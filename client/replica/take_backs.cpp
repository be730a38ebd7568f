#include "client/replica/take_backs.hpp"

#include <algorithm>

#include "engine/session/undo.hpp"

namespace talkback::replica {
namespace {

session::ObjectPointer pointer_of(bool is_there, const v1::Object& object) {
  return is_there ? std::make_shared<const v1::Object>(object) : nullptr;
}

bool same_operations(const v1::Edit& a, const v1::Edit& b) {
  return std::ranges::equal(a.operations(), b.operations(), [](const v1::Operation& one, const v1::Operation& other) {
    return one.SerializeAsString() == other.SerializeAsString();
  });
}

}  // namespace

v1::ObjectChange message_of(const session::Change& change) {
  v1::ObjectChange message;
  if (change.before) *message.mutable_before() = *change.before;
  if (change.after) *message.mutable_after() = *change.after;
  return message;
}

std::vector<session::Change> changes_of(const google::protobuf::RepeatedPtrField<v1::ObjectChange>& changes) {
  std::vector<session::Change> read;
  for (const v1::ObjectChange& change : changes)
    if (change.has_before() || change.has_after())
      read.push_back(
          {pointer_of(change.has_before(), change.before()), pointer_of(change.has_after(), change.after())});
  return read;
}

v1::TakeBack message_of(const TakeBack& take_back) {
  v1::TakeBack message;
  for (const session::Change& change : take_back.changes) *message.add_changes() = message_of(change);
  for (const std::string& reason : take_back.left) message.add_left(reason);
  return message;
}

const std::string& taken_back_edit(const v1::Edit& edit) {
  return edit.takes_back_case() == v1::Edit::kRedoesEdit ? edit.redoes_edit() : edit.undoes_edit();
}

const TakeBack* TakeBacks::find(const std::string& edit_id) const {
  const auto found = take_backs_.find(edit_id);
  return found == take_backs_.end() ? nullptr : &found->second;
}

void TakeBacks::note_committed(const v1::CommittedEdit& committed, const std::vector<session::Change>& changes,
                               const std::deque<v1::Edit>& pending) {
  if (take_backs_.empty()) return;
  for (const v1::Edit& edit : pending) {
    const auto found = take_backs_.find(edit.edit_id());
    if (found != take_backs_.end() && taken_back_edit(edit) == committed.edit().edit_id())
      found->second.changes = changes;
  }
}

std::vector<TakeBacks::Renewed> TakeBacks::renew(const session::Session& confirmed, std::uint64_t revision,
                                                 const std::deque<v1::Edit>& pending, std::string_view performer) {
  std::vector<Renewed> renewed;
  if (take_backs_.empty()) return renewed;
  session::Session session = confirmed;
  // What the pending edits do as of today; nothing of those that can do nothing.
  std::map<std::string, std::vector<session::Change>> done;
  for (const v1::Edit& edit : pending) {
    const auto found = take_backs_.find(edit.edit_id());
    v1::Edit now = edit;
    if (found != take_backs_.end()) {
      const auto waiting = done.find(taken_back_edit(edit));
      auto undo = session::undo_of(session, waiting != done.end() ? waiting->second : found->second.changes, performer);
      std::vector<std::string> left = undo ? std::move(undo->left) : std::vector{undo.error().message};
      now.clear_operations();
      if (undo) now.mutable_operations()->Swap(undo->edit.mutable_operations());
      now.set_base_revision(revision);
      std::erase_if(left, [&](const std::string& reason) {
        return std::ranges::find(found->second.left, reason) != found->second.left.end();
      });
      if (!same_operations(now, edit) || !left.empty()) renewed.push_back({now, std::move(left)});
    }
    const auto report = session::apply(session, now);
    done[edit.edit_id()] = report ? report->changes : std::vector<session::Change>();
  }
  return renewed;
}

}  // namespace talkback::replica
