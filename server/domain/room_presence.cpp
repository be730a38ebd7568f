// The part of a room that is about people, not edits.
#include "server/domain/room.hpp"

#include <algorithm>

namespace talkback::domain {

void Room::show_presence(ConnectionId connection, const v1::PresenceState& state, std::int64_t now_unix_ms) {
  const auto found = members_.find(connection);
  if (found == members_.end() || !is_allowed(Action::show_presence, found->second.participant.role)) return;
  if (state.ByteSizeLong() > kPresenceBytesMax) return;
  Present& present = found->second;
  present.state = state;
  present.held = true;
  if (now_unix_ms - present.sent_unix_ms >= kPresenceIntervalMs) send_presence(connection, present, now_unix_ms);
}

void Room::send_held_presence(std::int64_t now_unix_ms) {
  for (auto& [connection, present] : members_)
    if (present.held && now_unix_ms - present.sent_unix_ms >= kPresenceIntervalMs)
      send_presence(connection, present, now_unix_ms);
}

bool Room::holds_presence() const noexcept {
  return std::any_of(members_.begin(), members_.end(), [](const auto& member) { return member.second.held; });
}

void Room::send_presence(ConnectionId connection, Present& present, std::int64_t now_unix_ms) {
  present.held = false;
  present.sent_unix_ms = now_unix_ms;
  *send(Delivery::To::all_but, connection).mutable_presence() = presence_of(connection, present);
}

v1::Presence Room::presence_of(ConnectionId connection, const Present& present) const {
  v1::Presence presence;
  presence.set_connection_id(connection);
  presence.set_user(present.participant.user);
  presence.set_role(present.participant.role);
  presence.set_client(present.client);
  *presence.mutable_state() = present.state;
  return presence;
}

void Room::change_role(const std::string& user, v1::Role role) {
  for (auto& [connection, present] : members_) {
    if (present.participant.user != user || present.participant.role == role) continue;
    present.participant.role = role;
    if (is_allowed(Action::join_room, role))
      *send(Delivery::To::all, 0).mutable_presence() = presence_of(connection, present);
    else
      send_goodbye(Delivery::To::one, connection, ErrorCode::denied, "you are no longer a member of this project");
  }
}

}  // namespace talkback::domain
