#include "server/domain/room.hpp"

#include <algorithm>
#include <utility>

#include "engine/session/apply.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/limits.hpp"
#include "engine/session/protocol_version.hpp"
#include "engine/session/state.hpp"
#include "server/domain/edit_rights.hpp"
#include "server/domain/ids.hpp"

namespace talkback::domain {
namespace {

std::string bytes_of(const Sha256Digest& digest) {
  return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
}

}  // namespace

Room::Room(Opened opened)
    : project_(std::move(opened.project)),
      branch_(std::move(opened.branch)),
      branch_name_(std::move(opened.branch_name)),
      suggested_by_(std::move(opened.suggested_by)),
      ahead_(std::move(opened.session)),
      ahead_revision_(opened.revision),
      durable_revision_(opened.revision),
      digest_revision_(opened.revision),
      snapshot_revision_(opened.snapshot_revision),
      recent_(opened.edit_names.size() == opened.revision) {
  for (const EditName& name : opened.edit_names) recent_.add(name.edit_id, name.revision);
}

void Room::join(ConnectionId connection, const Participant& participant, const v1::Hello& hello) {
  if (hello.protocol_version() != session::kProtocolVersion) {
    const bool older = hello.protocol_version() < session::kProtocolVersion;
    return send_goodbye(Delivery::To::one, connection, ErrorCode::invalid,
                        older ? "this program is older than the server: update the program"
                              : "this program is newer than the server: the server is to be updated");
  }
  if (over_)
    return send_goodbye(Delivery::To::one, connection, ErrorCode::unavailable,
                        "the room is closing: come back in a moment");
  if (!is_allowed(Action::join_room, participant.role))
    return send_goodbye(Delivery::To::one, connection, ErrorCode::denied, "you are not a member of this project");
  if (members_.size() >= kRoomMembersMax)
    return send_goodbye(Delivery::To::one, connection, ErrorCode::exhausted, "the room is full");

  v1::Welcome& welcome = *send(Delivery::To::one, connection).mutable_welcome();
  welcome.set_protocol_version(session::kProtocolVersion);
  welcome.set_project_id(project_);
  welcome.set_branch_id(branch_);
  welcome.set_branch_name(branch_name_);
  welcome.set_user(participant.user);
  welcome.set_role(participant.role);
  welcome.set_connection_id(connection);
  welcome.set_head_revision(durable_revision_);
  for (const auto& [other, present] : members_) *welcome.add_present() = presence_of(other, present);
  for (const auto& [object, lease] : leases_) *welcome.add_leases() = lease;
  send_missing(connection, hello);

  const bool is_short = hello.client().size() <= kClientNameBytesMax;
  Present present{.participant = participant, .client = is_short ? hello.client() : std::string(), .state = {}};
  *send(Delivery::To::all_but, connection).mutable_presence() = presence_of(connection, present);
  members_.emplace(connection, std::move(present));
  take_up_leases(connection, participant.user);
}

void Room::leave(ConnectionId connection) {
  const auto found = members_.find(connection);
  if (found == members_.end()) return;
  v1::Presence gone = presence_of(connection, found->second);
  gone.set_left(true);
  members_.erase(found);
  *send(Delivery::To::all, 0).mutable_presence() = std::move(gone);
  lapse_leases(connection);
}

void Room::submit(ConnectionId connection, const v1::Edit& edit, std::int64_t now_unix_ms) {
  const auto author = members_.find(connection);
  if (author == members_.end() || over_ || author->second.is_sent_away) return;
  const Participant& participant = author->second.participant;
  const std::string& id = edit.edit_id();
  if (id.size() != session::kEditIdBytes)
    return reject(connection, id, {ErrorCode::invalid, "an edit id has 16 bytes"});
  if (const auto known = recent_.find(id)) return answer_again(connection, *known, id, participant.user);
  if (refusals_.has_later(id, connection))
    return reject(connection, id, {ErrorCode::conflict, "this edit was refused already"});
  if (waiting_bytes_ + edit.ByteSizeLong() > kRoomWaitingBytesMax) {
    // Not the edit's fault: its author comes back, and sends everything again in its order.
    author->second.is_sent_away = true;
    return send_goodbye(Delivery::To::one, connection, ErrorCode::unavailable,
                        "the server cannot store edits as fast as they come: come back in a moment");
  }
  if (const auto accepted = accept(connection, participant, edit, now_unix_ms); !accepted)
    refuse(connection, id, participant.user, accepted.error());
}

Result<void> Room::accept(ConnectionId connection, const Participant& author, const v1::Edit& edit,
                          std::int64_t now_unix_ms) {
  TALKBACK_TRY(check_edit_rights(ahead_, edit, author.user, author.role, suggested_by_));
  TALKBACK_TRY(check_past(edit));
  TALKBACK_ASSIGN(session::ApplyReport report, session::apply(ahead_, edit));

  recent_.add(edit.edit_id(), ++ahead_revision_);
  if (waiting_.empty() || waiting_.back().size() >= kBatchEditsMax || waiting_.back().bytes() >= kBatchBytesMax)
    waiting_.emplace_back();
  AcceptedBatch& batch = waiting_.back();
  waiting_bytes_ -= batch.bytes();
  batch.add({.revision = ahead_revision_,
             .committed_unix_ms = now_unix_ms,
             .connection = connection,
             .author = author,
             .changes = std::move(report.changes)},
            edit);
  waiting_bytes_ += batch.bytes();
  return {};
}

// What an edit says about the past is believed by those who undo and merge later.
Result<void> Room::check_past(const v1::Edit& edit) const {
  const std::uint64_t named = std::max({edit.undoes(), edit.redoes(), edit.reverts()});
  if (named > ahead_revision_)
    return Error{ErrorCode::invalid, "the edit takes back revision " + std::to_string(named) + ", which is not there"};
  for (const std::string* id : {&edit.undoes_edit(), &edit.redoes_edit()})
    if (!id->empty() && id->size() != session::kEditIdBytes)
      return Error{ErrorCode::invalid, "the edit takes back an edit whose id has not 16 bytes"};
  if (edit.has_merges() && (!is_id(edit.merges().from().branch_id()) || edit.merges().from().branch_id() == branch_))
    return Error{ErrorCode::invalid, "the edit merges what is no other branch of this project"};
  if (edit.has_restores() && !is_id(edit.restores().branch_id()))
    return Error{ErrorCode::invalid, "the edit restores a moment of what is no branch"};
  return {};
}

void Room::answer_again(ConnectionId connection, std::uint64_t revision, const std::string& edit_id,
                        const std::string& user) {
  // Not durable yet: the author will hear of it with everybody else.
  if (revision > durable_revision_) return;
  v1::CommittedEdit& committed = *send(Delivery::To::one, connection).mutable_committed()->add_edits();
  committed.set_revision(revision);
  committed.set_author(user);
  committed.mutable_edit()->set_edit_id(edit_id);
}

void Room::reject(ConnectionId connection, const std::string& edit_id, const Error& error) {
  if (error.code != ErrorCode::unavailable) refusals_.note(edit_id, connection);
  v1::Rejected& rejected = *send(Delivery::To::one, connection).mutable_rejected();
  rejected.set_edit_id(edit_id);
  rejected.set_code(std::string(to_string(error.code)));
  rejected.set_message(error.message);
}

std::optional<EditBatch> Room::take_batch(BatchForm form) {
  if (waiting_.empty() || storing_ || over_) return std::nullopt;
  storing_ = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= storing_->bytes();
  storing_->close();
  if (waiting_.empty() && ahead_revision_ - digest_revision_ >= kDigestEveryRevisions)
    storing_digest_ = session::digest(ahead_);
  return form == BatchForm::bytes ? storing_->bytes_only(branch_) : storing_->messages(branch_);
}

void Room::stored(const Result<void>& result) {
  if (over_ || !storing_) return;
  if (!result) {
    const Error& why = result.error();
    return end({why.code == ErrorCode::exhausted ? ErrorCode::exhausted : ErrorCode::unavailable,
                "the server could not store the last edits: " + why.message});
  }
  const CommittedFrame& frame = storing_->frame();
  durable_revision_ = frame.last_revision();
  bytes_since_snapshot_ += frame.bytes->size();
  send_bytes(Delivery::To::all, 0, frame.bytes, Delivery::Kind::ordinary);
  keep_in_tail(frame);
  storing_.reset();
  if (const auto digest = std::exchange(storing_digest_, std::nullopt)) publish(durable_revision_, *digest);
  if (durable_revision_ - digest_revision_ >= kDigestRevisionsMax) publish_digest();
}

void Room::end(const Error& why) {
  if (std::exchange(over_, true)) return;
  waiting_.clear();
  waiting_bytes_ = 0;
  storing_.reset();
  send_goodbye(Delivery::To::all, 0, why.code, why.message);
}

void Room::publish_digest() {
  if (digest_revision_ == durable_revision_ || members_.empty()) return;
  at_durable([&](const session::Session& durable) { publish(durable_revision_, session::digest(durable)); });
}

void Room::publish(std::uint64_t revision, const Sha256Digest& digest) {
  digest_revision_ = revision;
  if (members_.empty()) return;
  v1::StateDigest& frame = *send(Delivery::To::all, 0).mutable_digest();
  frame.set_revision(revision);
  frame.set_digest(bytes_of(digest));
}

void Room::at_durable(const std::function<void(const session::Session&)>& look) {
  std::vector<const std::vector<session::Change>*> waiting;
  if (storing_)
    for (const AcceptedEdit& accepted : storing_->edits()) waiting.push_back(&accepted.changes);
  for (const AcceptedBatch& batch : waiting_)
    for (const AcceptedEdit& accepted : batch.edits()) waiting.push_back(&accepted.changes);
  for (auto changes = waiting.rbegin(); changes != waiting.rend(); ++changes)
    session::put_back_changes(ahead_, **changes);
  look(ahead_);
  for (const auto* changes : waiting) session::put_changes(ahead_, *changes);
}

session::Session Room::durable_session() const {
  Room copy = *this;
  session::Session durable;
  copy.at_durable([&](const session::Session& found) { durable = found; });
  return durable;
}

void Room::announce(const v1::HistoryNews& news) {
  if (!members_.empty()) *send(Delivery::To::all, 0).mutable_news() = news;
}

void Room::announce(const v1::RenderStatus& status) {
  if (!members_.empty()) *send(Delivery::To::all, 0).mutable_render() = status;
}

bool Room::wants_snapshot() const noexcept {
  const std::uint64_t edits = durable_revision_ - snapshot_revision_;
  if (edits >= kSnapshotEditsMax) return true;
  return edits >= kSnapshotEditsMin && bytes_since_snapshot_ >= snapshot_bytes_ && is_settled();
}

session::FrozenState Room::freeze_snapshot() {
  snapshot_revision_ = durable_revision_;
  bytes_since_snapshot_ = 0;
  session::FrozenState frozen;
  at_durable([&](const session::Session& durable) { frozen = session::freeze(durable, durable_revision_); });
  return frozen;
}

v1::SessionState Room::take_snapshot() {
  v1::SessionState state = session::to_state(freeze_snapshot());
  note_snapshot_bytes(state.ByteSizeLong());
  return state;
}

std::vector<Delivery> Room::take_deliveries() { return std::exchange(outbox_, {}); }

std::vector<Delivery> Room::take_outbox() {
  std::vector<Delivery> outbox = take_deliveries();
  for (Delivery& delivery : outbox)
    if (delivery.bytes) TALKBACK_CHECK(delivery.frame.ParseFromString(*delivery.bytes));
  return outbox;
}

v1::ServerFrame& Room::send(Delivery::To to, ConnectionId connection) {
  return outbox_.emplace_back(Delivery{.to = to, .connection = connection, .frame = {}}).frame;
}

void Room::send_bytes(Delivery::To to, ConnectionId connection, FrameBytes bytes, Delivery::Kind kind) {
  outbox_.push_back({.to = to, .connection = connection, .frame = {}, .kind = kind, .bytes = std::move(bytes)});
}

void Room::send_goodbye(Delivery::To to, ConnectionId connection, ErrorCode code, const std::string& message) {
  v1::Goodbye& goodbye = *send(to, connection).mutable_goodbye();
  goodbye.set_code(std::string(to_string(code)));
  goodbye.set_message(message);
  outbox_.back().kind = Delivery::Kind::goodbye;
}

}  // namespace talkback::domain
