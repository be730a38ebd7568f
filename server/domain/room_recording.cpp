// Recordings that one member orders of another: who may, and to whom the frames go. The recording itself is the
// performer's, and so is the consent; nothing of it is kept here.
#include <algorithm>

#include "engine/session/limits.hpp"
#include "server/domain/edit_rights.hpp"
#include "server/domain/room.hpp"

namespace talkback::domain {
namespace {

constexpr std::int64_t kSecondMs = 1000;

// False once the member has sent too many in this second.
template <class Present>
bool may_send_record(Present& present, std::int64_t now_unix_ms) {
  const std::int64_t age = now_unix_ms - present.record_second_unix_ms;
  if (age < 0 || age >= kSecondMs) {
    present.record_second_unix_ms = now_unix_ms;
    present.records_sent = 0;
  }
  return present.records_sent++ < kRecordOrdersPerSecond;
}

// What a recording does to a session, as far as rights go: a take on the track.
v1::Edit take_on(ObjectId track) {
  v1::Edit edit;
  v1::Object& object = *edit.add_operations()->mutable_create();
  object.set_parent_id(track.value);
  object.mutable_take();
  return edit;
}

bool only_ends(const v1::RecordOrder& order) {
  return order.kind() == v1::RecordOrder::STOP || order.kind() == v1::RecordOrder::CANCEL;
}

}  // namespace

void Room::order_recording(ConnectionId connection, const v1::RecordOrder& order, std::int64_t now_unix_ms) {
  const auto asker = members_.find(connection);
  if (asker == members_.end() || over_) return;
  if (!may_send_record(asker->second, now_unix_ms))
    return refuse_record_order(connection, order, {ErrorCode::exhausted, "these are too many orders: wait a second"});
  if (const auto checked = check_record_order(asker->second.participant, order); !checked)
    return refuse_record_order(connection, order, checked.error());
  std::vector<ConnectionId>& askers = members_.at(order.to_connection()).record_askers;
  std::erase(askers, connection);
  askers.push_back(connection);
  if (askers.size() > kRecordAskersMax) askers.erase(askers.begin());
  v1::RecordOrder& sent = *send(Delivery::To::one, order.to_connection()).mutable_record_order();
  sent = order;
  sent.set_from_connection(connection);
  sent.set_from_user(asker->second.participant.user);
}

Result<void> Room::check_record_order(const Participant& asker, const v1::RecordOrder& order) const {
  TALKBACK_TRY(check_allowed(Action::order_recording, asker.role));
  if (order.order_id().size() != session::kEditIdBytes || order.ByteSizeLong() > kRecordBytesMax ||
      order.kind() == v1::RecordOrder::KIND_UNSPECIFIED || !v1::RecordOrder::Kind_IsValid(order.kind()))
    return Error{ErrorCode::invalid, "this is no order that could be carried out"};
  const auto found = members_.find(order.to_connection());
  if (found == members_.end())
    return Error{ErrorCode::not_found, "the performer's connection is gone: ask them to run talkback standby"};
  const Present& performer = found->second;
  const std::string& name = performer.participant.user;
  // Whoever waits no more may still have something to end.
  if (only_ends(order)) return {};
  if (!performer.state.recording().takes_orders())
    return Error{ErrorCode::denied,
                 name + " does not let this program be recorded from elsewhere: ask them to run talkback standby"};
  const v1::Object* track = ahead_.find(ObjectId{order.track_id()});
  if (track == nullptr || !track->has_track() || track->track().kind() != v1::Track::AUDIO)
    return Error{ErrorCode::not_found, "the track to record is not there any more, or is no audio track"};
  const auto may_edit =
      check_edit_rights(ahead_, take_on(ObjectId{order.track_id()}), name, performer.participant.role, suggested_by_);
  if (!may_edit)
    return Error{ErrorCode::denied, name + " may not record track \"" + track->track().name() +
                                        "\": make it theirs, with its performer " + name};
  return {};
}

void Room::refuse_record_order(ConnectionId asker, const v1::RecordOrder& order, const Error& why) {
  v1::RecordAnswer& answer = *send(Delivery::To::one, asker).mutable_record_answer();
  if (order.order_id().size() == session::kEditIdBytes) answer.set_order_id(order.order_id());
  answer.set_to_connection(asker);
  answer.set_state(v1::RecordAnswer::REFUSED);
  answer.set_code(std::string(to_string(why.code)));
  answer.set_message(why.message);
}

void Room::answer_recording(ConnectionId connection, const v1::RecordAnswer& answer, std::int64_t now_unix_ms) {
  const auto performer = members_.find(connection);
  if (performer == members_.end() || over_ || !may_send_record(performer->second, now_unix_ms)) return;
  const Present& present = performer->second;
  if (!is_allowed(Action::answer_recording, present.participant.role)) return;
  if (answer.ByteSizeLong() > kRecordBytesMax || !members_.contains(answer.to_connection())) return;
  if (std::ranges::find(present.record_askers, answer.to_connection()) == present.record_askers.end()) return;
  v1::RecordAnswer& sent = *send(Delivery::To::one, answer.to_connection()).mutable_record_answer();
  sent = answer;
  sent.set_from_connection(connection);
  sent.set_from_user(present.participant.user);
}

}  // namespace talkback::domain
