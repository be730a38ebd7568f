#include "client/replica/sync.hpp"

#include <sodium.h>

#include "engine/base/utf8.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/limits.hpp"
#include "engine/session/protocol_version.hpp"
#include "engine/session/state.hpp"

namespace talkback::replica {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The server cannot read a frame whose strings are no UTF-8, and the store could not read the edit back.
bool is_all_utf8(const Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->type() == FieldDescriptor::TYPE_STRING &&
          !is_utf8(field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                        : reflection->GetString(message, field)))
        return false;
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
          !is_all_utf8(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                            : reflection->GetMessage(message, field)))
        return false;
    }
  }
  return true;
}

}  // namespace

std::string new_edit_id() {
  std::string id(session::kEditIdBytes, '\0');
  randombytes_buf(id.data(), id.size());
  return id;
}

ObjectId new_object_id() {
  ObjectId id;
  while (id.value <= session::kMasterId.value) randombytes_buf(&id.value, sizeof id.value);
  return id;
}

Result<Sync> Sync::create(ReplicaStore& store, std::string client_name) {
  TALKBACK_CHECK(sodium_init() >= 0);
  Sync sync(store);
  sync.client_name_ = std::move(client_name);
  TALKBACK_ASSIGN(const auto state, store.state());
  if (state) {
    // A damaged cache is no loss: the server has it all.
    if (auto session = session::from_state(*state)) {
      sync.replica_.reset(*std::move(session), state->revision());
      sync.saved_revision_ = state->revision();
    }
  }
  TALKBACK_ASSIGN(auto pending, store.pending());
  for (v1::PendingEdit& edit : pending) {
    if (edit.has_take_back())
      sync.take_backs_.add(edit.edit().edit_id(), {changes_of(edit.take_back().changes()),
                                                   {edit.take_back().left().begin(), edit.take_back().left().end()}});
    sync.replica_.adopt_pending(std::move(*edit.mutable_edit()));
  }
  return sync;
}

void Sync::connected(Send send) {
  send_ = std::move(send);
  welcomed_ = joined_ = false;
  incoming_.Clear();
  v1::ClientFrame frame;
  v1::Hello& hello = *frame.mutable_hello();
  hello.set_protocol_version(session::kProtocolVersion);
  hello.set_client(client_name_);
  if (!replica_.is_empty() && !wants_everything_) {
    hello.set_since_revision(replica_.revision());
    const Sha256Digest digest = session::digest(replica_.confirmed());
    hello.set_since_digest(digest.data(), digest.size());
  }
  send_(frame);
}

void Sync::disconnected() {
  send_ = nullptr;
  welcomed_ = joined_ = false;
}

Result<std::vector<Event>> Sync::receive(const v1::ServerFrame& frame) {
  std::vector<Event> events;
  switch (frame.frame_case()) {
    case v1::ServerFrame::kWelcome:
      welcome_ = frame.welcome();
      welcomed_ = true;
      // A server restored from a backup lacks edits we hold: the snapshot that it sends next counts, not our state.
      if (replica_.revision() > welcome_.head_revision()) wants_everything_ = true;
      for (const v1::Presence& presence : welcome_.present()) {
        events.push_back({.kind = Event::Kind::presence});
        events.back().presence = presence;
      }
      for (const v1::Lease& lease : welcome_.leases()) {
        events.push_back({.kind = Event::Kind::lease});
        events.back().lease = lease;
      }
      TALKBACK_TRY(join_when_caught_up(events));
      break;
    case v1::ServerFrame::kSnapshot:
      TALKBACK_TRY(receive_snapshot(frame.snapshot(), events));
      break;
    case v1::ServerFrame::kCommitted:
      TALKBACK_TRY(receive_committed(frame.committed(), events));
      break;
    case v1::ServerFrame::kRejected:
      TALKBACK_TRY(receive_rejected(frame.rejected(), events));
      break;
    case v1::ServerFrame::kPresence:
      events.push_back({.kind = Event::Kind::presence});
      events.back().presence = frame.presence();
      break;
    case v1::ServerFrame::kRender:
      events.push_back({.kind = Event::Kind::render});
      events.back().render = frame.render();
      break;
    case v1::ServerFrame::kDigest:
      check_digest(frame.digest(), events);
      break;
    case v1::ServerFrame::kGoodbye:
      joined_ = false;
      events.push_back({.kind = Event::Kind::goodbye});
      events.back().error = {error_code_from(frame.goodbye().code()), frame.goodbye().message()};
      break;
    case v1::ServerFrame::kLease:
      events.push_back({.kind = Event::Kind::lease});
      events.back().lease = frame.lease();
      break;
    case v1::ServerFrame::kNews:
      events.push_back({.kind = Event::Kind::news});
      events.back().news = frame.news();
      break;
    case v1::ServerFrame::kRecordOrder:
      events.push_back({.kind = Event::Kind::record_order});
      events.back().record_order = frame.record_order();
      break;
    case v1::ServerFrame::kRecordAnswer:
      events.push_back({.kind = Event::Kind::record_answer});
      events.back().record_answer = frame.record_answer();
      break;
    case v1::ServerFrame::FRAME_NOT_SET:
      break;  // something newer than this version: not for us
  }
  return events;
}

Result<void> Sync::receive_snapshot(const v1::SnapshotPart& part, std::vector<Event>& events) {
  incoming_.mutable_objects()->MergeFrom(part.objects());
  if (!part.last()) return {};
  incoming_.set_revision(part.revision());
  incoming_.set_digest(part.digest());
  auto session = session::from_state(incoming_);
  incoming_.Clear();
  if (!session) {
    ask_for_resync(events);
    return {};
  }
  replica_.reset(*std::move(session), part.revision());
  wants_everything_ = false;
  known_.clear();
  known_changes_ = 0;
  is_after_gap_ = true;
  saved_revision_.reset();
  return join_when_caught_up(events);
}

Result<void> Sync::receive_committed(const v1::CommittedBatch& batch, std::vector<Event>& events) {
  for (const v1::CommittedEdit& edit : batch.edits()) {
    if (replica_.is_empty()) {
      ask_for_resync(events);
      return {};
    }
    const bool is_next = edit.revision() > replica_.revision();
    auto arrival = replica_.commit(edit);
    if (!arrival) {
      ask_for_resync(events);
      return {};
    }
    if (is_next) note_known(edit, arrival->report.changes);
    if (arrival->mine) TALKBACK_TRY(forget_pending(edit.edit().edit_id()));
    Event event{.kind = Event::Kind::committed};
    event.edit = edit;
    event.report = std::move(arrival->report);
    event.mine = arrival->mine;
    event.edit_id = edit.edit().edit_id();
    events.push_back(std::move(event));
  }
  return join_when_caught_up(events);
}

Result<void> Sync::receive_rejected(const v1::Rejected& rejected, std::vector<Event>& events) {
  const Error error{error_code_from(rejected.code()), rejected.message()};
  // "Try again" is no verdict on the edit: it stays pending for the next connection.
  if (error.code != ErrorCode::unavailable) {
    replica_.reject(rejected.edit_id());
    TALKBACK_TRY(forget_pending(rejected.edit_id()));
  }
  Event event{.kind = Event::Kind::rejected};
  event.edit_id = rejected.edit_id();
  event.error = error;
  events.push_back(std::move(event));
  return {};
}

void Sync::check_digest(const v1::StateDigest& published, std::vector<Event>& events) {
  if (!joined_ || published.revision() != replica_.revision()) return;
  const Sha256Digest own = session::digest(replica_.confirmed());
  if (published.digest() != std::string_view(reinterpret_cast<const char*>(own.data()), own.size()))
    ask_for_resync(events);
}

void Sync::ask_for_resync(std::vector<Event>& events) {
  wants_everything_ = true;
  joined_ = false;
  events.push_back({.kind = Event::Kind::resync});
}

Result<void> Sync::join_when_caught_up(std::vector<Event>& events) {
  if (joined_ || !welcomed_ || replica_.is_empty() || wants_everything_) return {};
  if (replica_.revision() < welcome_.head_revision()) return {};
  TALKBACK_TRY(renew_take_backs(events));
  joined_ = true;
  for (const v1::Edit& edit : replica_.pending()) send_submit(edit);
  events.push_back({.kind = Event::Kind::joined});
  return {};
}

Result<void> Sync::renew_take_backs(std::vector<Event>& events) {
  auto renewed = take_backs_.renew(replica_.confirmed(), replica_.revision(), replica_.pending(), performer());
  for (TakeBacks::Renewed& each : renewed) {
    const std::string id = each.edit.edit_id();
    if (each.edit.operations().empty()) {
      replica_.reject(id);
      TALKBACK_TRY(forget_pending(id));
    } else {
      TakeBack take_back = *take_backs_.find(id);
      take_back.left.insert(take_back.left.end(), each.left.begin(), each.left.end());
      v1::PendingEdit kept;
      *kept.mutable_edit() = each.edit;
      *kept.mutable_take_back() = message_of(take_back);
      TALKBACK_TRY(store_->add_pending(kept));
      take_backs_.add(id, std::move(take_back));
      replica_.replace_pending(each.edit);
    }
    Event event{.kind = Event::Kind::undo_renewed};
    event.edit_id = id;
    *event.edit.mutable_edit() = std::move(each.edit);
    event.left = std::move(each.left);
    events.push_back(std::move(event));
  }
  return {};
}

std::string_view Sync::performer() const {
  // On the branch of a suggestion its author may do anything.
  const bool is_suggestion = welcome_.branch_name().starts_with("suggestion-");
  return welcome_.role() == v1::PERFORMER && !is_suggestion ? std::string_view(welcome_.user()) : std::string_view();
}

Result<session::ApplyReport> Sync::submit(v1::Edit edit) { return keep_and_send(std::move(edit), std::nullopt); }

Result<session::ApplyReport> Sync::submit(v1::Edit edit, TakeBack take_back) {
  return keep_and_send(std::move(edit), std::move(take_back));
}

Result<session::ApplyReport> Sync::keep_and_send(v1::Edit edit, std::optional<TakeBack> take_back) {
  if (replica_.is_empty()) return Error{ErrorCode::unavailable, "the project has never been loaded on this machine"};
  if (!is_all_utf8(edit)) return Error{ErrorCode::invalid, "the edit holds text that is not UTF-8"};
  if (edit.edit_id().empty()) edit.set_edit_id(new_edit_id());
  const std::string id = edit.edit_id();
  TALKBACK_ASSIGN(session::ApplyReport report, replica_.propose(std::move(edit)));
  v1::PendingEdit pending;
  *pending.mutable_edit() = replica_.pending().back();
  if (take_back) *pending.mutable_take_back() = message_of(*take_back);
  if (auto kept = store_->add_pending(pending); !kept) {
    replica_.reject(id);
    return kept.error();
  }
  if (take_back) take_backs_.add(id, *std::move(take_back));
  if (joined_) send_submit(replica_.pending().back());
  return report;
}

Result<void> Sync::forget_pending(const std::string& edit_id) {
  take_backs_.forget(edit_id);
  return store_->remove_pending(edit_id);
}

void Sync::note_known(const v1::CommittedEdit& edit, const std::vector<session::Change>& changes) {
  take_backs_.note_committed(edit, changes, replica_.pending());
  known_.push_back({edit, changes});
  known_changes_ += changes.size();
  while (known_.size() > kKnownEditsMax || known_changes_ > kKnownChangesMax) {
    known_changes_ -= known_.front().changes.size();
    known_.pop_front();
    is_after_gap_ = true;
  }
}

void Sync::send_submit(const v1::Edit& edit) {
  v1::ClientFrame frame;
  *frame.mutable_submit()->mutable_edit() = edit;
  send_(frame);
}

Result<void> Sync::save() {
  if (replica_.is_empty() || replica_.revision() == saved_revision_) return {};
  NewlyKnown known{.is_after_gap = is_after_gap_, .edits = {}};
  for (const Known& each : known_) {
    v1::KnownEdit& edit = known.edits.emplace_back();
    *edit.mutable_edit() = each.edit;
    for (const session::Change& change : each.changes) *edit.add_changes() = message_of(change);
  }
  TALKBACK_TRY(store_->keep_state(session::to_state(replica_.confirmed(), replica_.revision()), known));
  saved_revision_ = replica_.revision();
  known_.clear();
  known_changes_ = 0;
  is_after_gap_ = false;
  return {};
}

Result<std::vector<v1::KnownEdit>> Sync::known_edits() {
  TALKBACK_TRY(save());
  return store_->known(replica_.revision());
}

}  // namespace talkback::replica
