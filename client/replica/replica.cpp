#include "client/replica/replica.hpp"

#include <algorithm>

namespace talkback::replica {

namespace {

bool has_operations_of(const v1::Edit& edit, const v1::Edit& other) {
  return std::ranges::equal(edit.operations(), other.operations(), {}, &v1::Operation::SerializeAsString,
                            &v1::Operation::SerializeAsString);
}

}  // namespace

void Replica::reset(session::Session confirmed, std::uint64_t revision) {
  confirmed_ = std::move(confirmed);
  revision_ = revision;
  loaded_ = true;
  rebuild_view();
}

Result<session::ApplyReport> Replica::propose(v1::Edit edit) {
  TALKBACK_CHECK(loaded_);
  edit.set_base_revision(revision_);
  TALKBACK_ASSIGN(session::ApplyReport report, session::apply(view_, edit));
  pending_.push_back(std::move(edit));
  return report;
}

void Replica::adopt_pending(v1::Edit edit) {
  const auto same = [&](const v1::Edit& known) { return known.edit_id() == edit.edit_id(); };
  if (std::ranges::any_of(pending_, same)) return;
  // One that no longer applies stays pending all the same: the server's answer will say why.
  if (loaded_) static_cast<void>(session::apply(view_, edit).has_value());
  pending_.push_back(std::move(edit));
}

Result<Replica::Arrival> Replica::commit(const v1::CommittedEdit& committed) {
  TALKBACK_CHECK(loaded_);
  const std::string& id = committed.edit().edit_id();
  if (committed.revision() <= revision_) {
    Arrival answer{{}, take_pending(id)};
    if (answer.mine) rebuild_view();
    return answer;
  }
  if (committed.revision() != revision_ + 1)
    return Error{ErrorCode::corrupt, "edits between revision " + std::to_string(revision_) + " and " +
                                         std::to_string(committed.revision()) + " are missing"};
  auto report = session::apply(confirmed_, committed.edit());
  if (!report)
    return Error{ErrorCode::corrupt, "revision " + std::to_string(committed.revision()) +
                                         " does not apply here: " + report.error().message};
  revision_ = committed.revision();
  // Else another content under this id: of an edit that was made anew after a program that ended had sent it, or of a
  // server that is not what it should be.
  const bool is_in_view =
      !pending_.empty() && pending_.front().edit_id() == id && has_operations_of(pending_.front(), committed.edit());
  const bool mine = take_pending(id);
  if (is_in_view) return Arrival{*std::move(report), true};
  if (pending_.empty() && !mine)
    TALKBACK_CHECK(session::apply(view_, committed.edit()).has_value());
  else
    rebuild_view();
  return Arrival{*std::move(report), mine};
}

void Replica::replace_pending(v1::Edit edit) {
  const auto found = std::ranges::find(pending_, edit.edit_id(), &v1::Edit::edit_id);
  if (found == pending_.end()) return;
  *found = std::move(edit);
  rebuild_view();
}

std::optional<v1::Edit> Replica::reject(const std::string& edit_id) {
  const auto found = std::ranges::find(pending_, edit_id, &v1::Edit::edit_id);
  if (found == pending_.end()) return std::nullopt;
  v1::Edit edit = std::move(*found);
  pending_.erase(found);
  rebuild_view();
  return edit;
}

bool Replica::take_pending(const std::string& edit_id) {
  const auto found = std::ranges::find(pending_, edit_id, &v1::Edit::edit_id);
  if (found == pending_.end()) return false;
  pending_.erase(found);
  return true;
}

void Replica::rebuild_view() {
  view_ = confirmed_;
  for (const v1::Edit& edit : pending_) static_cast<void>(session::apply(view_, edit).has_value());
}

}  // namespace talkback::replica
