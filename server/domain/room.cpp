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

Error busy() {
  return Error{ErrorCode::unavailable, "the server cannot store edits as fast as they come: come back in a moment"};
}

}  // namespace

Room::Room(Opened opened)
    : project_(std::move(opened.project)),
      branch_(std::move(opened.branch)),
      branch_name_(std::move(opened.branch_name)),
      suggested_by_(std::move(opened.suggested_by)),
      ahead_(opened.session),
      durable_(std::move(opened.session)),
      ahead_revision_(opened.revision),
      durable_revision_(opened.revision),
      digest_revision_(opened.revision),
      snapshot_revision_(opened.snapshot_revision) {
  revision_of_edit_.reserve(opened.edit_names.size());
  for (EditName& name : opened.edit_names) revision_of_edit_.emplace(std::move(name.edit_id), name.revision);
}

void Room::join(ConnectionId connection, const Participant& participant, const v1::Hello& hello) {
  if (hello.protocol_version() != session::kProtocolVersion) {
    const bool older = hello.protocol_version() < session::kProtocolVersion;
    return send_goodbye(connection, ErrorCode::invalid,
                        older ? "this program is older than the server: update the program"
                              : "this program is newer than the server: the server is to be updated");
  }
  if (over_) return send_goodbye(connection, ErrorCode::unavailable, "the room is closing: come back in a moment");
  if (!is_allowed(Action::join_room, participant.role))
    return send_goodbye(connection, ErrorCode::denied, "you are not a member of this project");
  if (members_.size() >= kRoomMembersMax) return send_goodbye(connection, ErrorCode::exhausted, "the room is full");

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

  Present present{.participant = participant, .client = hello.client(), .state = {}};
  *send(Delivery::To::all_but, connection).mutable_presence() = presence_of(connection, present);
  members_.emplace(connection, std::move(present));
  take_up_leases(connection, participant.user);
}

void Room::send_missing(ConnectionId connection, const v1::Hello& hello) {
  const std::uint64_t since = hello.since_revision();
  const std::uint64_t tail_begin = durable_revision_ - tail_.size();
  // A client ahead of us kept what a restored server has lost; one without anything starts from a snapshot.
  if (since == 0 || since > durable_revision_ || since < tail_begin) return send_snapshot(connection);
  if (since < durable_revision_) return send_tail(connection, since);
  if (!hello.since_digest().empty() && hello.since_digest() != bytes_of(session::digest(durable_)))
    send_snapshot(connection);
}

void Room::send_tail(ConnectionId connection, std::uint64_t after) {
  v1::CommittedBatch* batch = nullptr;
  std::size_t bytes = 0;
  for (const Accepted& accepted : tail_) {
    if (accepted.committed.revision() <= after) continue;
    if (batch == nullptr || bytes + accepted.bytes > kBatchBytesMax) {
      batch = send(Delivery::To::one, connection).mutable_committed();
      bytes = 0;
    }
    bytes += accepted.bytes;
    *batch->add_edits() = accepted.committed;
  }
}

void Room::send_snapshot(ConnectionId connection) {
  v1::SessionState state = session::to_state(durable_, durable_revision_);
  v1::SnapshotPart* part = send(Delivery::To::one, connection).mutable_snapshot();
  std::size_t bytes = 0;
  for (v1::Object& object : *state.mutable_objects()) {
    const std::size_t size = object.ByteSizeLong();
    if (bytes > 0 && bytes + size > kSnapshotPartBytesMax) {
      part->set_revision(durable_revision_);
      part = send(Delivery::To::one, connection).mutable_snapshot();
      bytes = 0;
    }
    bytes += size;
    *part->add_objects() = std::move(object);
  }
  part->set_revision(durable_revision_);
  part->set_last(true);
  part->set_digest(bytes_of(session::digest(durable_)));
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

void Room::submit(ConnectionId connection, v1::Edit edit, std::int64_t now_unix_ms) {
  const auto author = members_.find(connection);
  if (author == members_.end() || over_ || author->second.is_sent_away) return;
  if (edit.edit_id().size() != session::kEditIdBytes)
    return reject(connection, edit, {ErrorCode::invalid, "an edit id has 16 bytes"});
  if (const auto known = revision_of_edit_.find(edit.edit_id()); known != revision_of_edit_.end())
    return answer_again(connection, known->second, edit, author->second.participant.user);
  if (refusals_.has_later(edit.edit_id(), connection))
    return reject(connection, edit, {ErrorCode::conflict, "this edit was refused already"});
  v1::Edit kept_id;
  kept_id.set_edit_id(edit.edit_id());
  if (const auto accepted = accept(author->second, std::move(edit), now_unix_ms); !accepted) {
    // Not the edit's fault: its author comes back, and sends everything again in its order.
    author->second.is_sent_away = accepted.error().code == ErrorCode::unavailable;
    if (author->second.is_sent_away) return send_goodbye(connection, accepted.error().code, accepted.error().message);
    reject(connection, kept_id, accepted.error());
  }
}

Result<void> Room::accept(const Present& author, v1::Edit edit, std::int64_t now_unix_ms) {
  const std::size_t bytes = edit.ByteSizeLong();
  if (waiting_bytes_ + bytes > kRoomWaitingBytesMax) return busy();
  const Participant& participant = author.participant;
  TALKBACK_TRY(check_edit_rights(ahead_, edit, participant.user, participant.role, suggested_by_));
  TALKBACK_TRY(check_past(edit));
  TALKBACK_TRY(session::apply(ahead_, edit));

  Accepted accepted{.committed = {}, .author_id = participant.id, .bytes = bytes};
  accepted.committed.set_revision(++ahead_revision_);
  accepted.committed.set_author(participant.user);
  accepted.committed.set_committed_unix_ms(now_unix_ms);
  revision_of_edit_.emplace(edit.edit_id(), ahead_revision_);
  *accepted.committed.mutable_edit() = std::move(edit);
  waiting_.push_back(std::move(accepted));
  waiting_bytes_ += bytes;
  return {};
}

// What an edit says about the past is believed by those who undo and merge later.
Result<void> Room::check_past(const v1::Edit& edit) const {
  const std::uint64_t named = std::max({edit.undoes(), edit.redoes(), edit.reverts()});
  if (named > ahead_revision_)
    return Error{ErrorCode::invalid, "the edit takes back revision " + std::to_string(named) + ", which is not there"};
  if (edit.has_merges() && (!is_id(edit.merges().from().branch_id()) || edit.merges().from().branch_id() == branch_))
    return Error{ErrorCode::invalid, "the edit merges what is no other branch of this project"};
  if (edit.has_restores() && !is_id(edit.restores().branch_id()))
    return Error{ErrorCode::invalid, "the edit restores a moment of what is no branch"};
  return {};
}

void Room::answer_again(ConnectionId connection, std::uint64_t revision, const v1::Edit& edit,
                        const std::string& user) {
  // Not durable yet: the author will hear of it with everybody else.
  if (revision > durable_revision_) return;
  v1::CommittedEdit& committed = *send(Delivery::To::one, connection).mutable_committed()->add_edits();
  committed.set_revision(revision);
  committed.set_author(user);
  committed.mutable_edit()->set_edit_id(edit.edit_id());
}

void Room::reject(ConnectionId connection, const v1::Edit& edit, const Error& error) {
  refusals_.note(edit.edit_id(), connection);
  v1::Rejected& rejected = *send(Delivery::To::one, connection).mutable_rejected();
  rejected.set_edit_id(edit.edit_id());
  rejected.set_code(std::string(to_string(error.code)));
  rejected.set_message(error.message);
}

std::optional<EditBatch> Room::take_batch() {
  if (waiting_.empty() || !storing_.empty() || over_) return std::nullopt;
  EditBatch batch{.branch = branch_, .edits = {}, .author_ids = {}};
  std::size_t bytes = 0;
  while (!waiting_.empty() && storing_.size() < kBatchEditsMax) {
    Accepted& next = waiting_.front();
    if (!storing_.empty() && bytes + next.bytes > kBatchBytesMax) break;
    bytes += next.bytes;
    batch.edits.push_back(next.committed);
    batch.author_ids.push_back(next.author_id);
    storing_.push_back(std::move(next));
    waiting_.pop_front();
  }
  waiting_bytes_ -= bytes;
  return batch;
}

void Room::stored(const Result<void>& result) {
  if (over_) return;
  if (!result) {
    const Error& why = result.error();
    return end({why.code == ErrorCode::exhausted ? ErrorCode::exhausted : ErrorCode::unavailable,
                "the server could not store the last edits: " + why.message});
  }
  v1::CommittedBatch& batch = *send(Delivery::To::all, 0).mutable_committed();
  for (Accepted& accepted : storing_) {
    const bool applied = session::apply(durable_, accepted.committed.edit()).has_value();
    TALKBACK_CHECK(applied);  // it applied to the same state in accept()
    durable_revision_ = accepted.committed.revision();
    bytes_since_snapshot_ += accepted.bytes;
    *batch.add_edits() = accepted.committed;
    keep_in_tail(std::move(accepted));
  }
  storing_.clear();
  if (durable_revision_ - digest_revision_ >= kDigestEveryRevisions) publish_digest();
}

void Room::keep_in_tail(Accepted accepted) {
  tail_bytes_ += accepted.bytes;
  tail_.push_back(std::move(accepted));
  while (tail_.size() > kRoomTailEditsMax || tail_bytes_ > kRoomTailBytesMax) {
    tail_bytes_ -= tail_.front().bytes;
    tail_.pop_front();
  }
}

void Room::end(const Error& why) {
  if (over_) return;
  over_ = true;
  v1::Goodbye& goodbye = *send(Delivery::To::all, 0).mutable_goodbye();
  goodbye.set_code(std::string(to_string(why.code)));
  goodbye.set_message(why.message);
}

void Room::publish_digest() {
  if (digest_revision_ == durable_revision_ || members_.empty()) return;
  digest_revision_ = durable_revision_;
  v1::StateDigest& digest = *send(Delivery::To::all, 0).mutable_digest();
  digest.set_revision(durable_revision_);
  digest.set_digest(bytes_of(session::digest(durable_)));
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
  return edits >= kSnapshotEditsMin && bytes_since_snapshot_ * 4 >= snapshot_bytes_;
}

v1::SessionState Room::take_snapshot() {
  v1::SessionState state = session::to_state(durable_, durable_revision_);
  snapshot_revision_ = durable_revision_;
  snapshot_bytes_ = state.ByteSizeLong();
  bytes_since_snapshot_ = 0;
  return state;
}

std::vector<Delivery> Room::take_outbox() { return std::exchange(outbox_, {}); }

v1::ServerFrame& Room::send(Delivery::To to, ConnectionId connection) {
  return outbox_.emplace_back(Delivery{.to = to, .connection = connection, .frame = {}}).frame;
}

void Room::send_goodbye(ConnectionId connection, ErrorCode code, const std::string& message) {
  v1::Goodbye& goodbye = *send(Delivery::To::one, connection).mutable_goodbye();
  goodbye.set_code(std::string(to_string(code)));
  goodbye.set_message(message);
}

}  // namespace talkback::domain
