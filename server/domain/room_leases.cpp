// Leases: who is at work on what, so that two people do not comp the same phrase unknowingly. They keep nobody from
// editing.
#include <algorithm>

#include "server/domain/room.hpp"

namespace talkback::domain {

void Room::ask_for_lease(ConnectionId connection, const v1::LeaseRequest& request) {
  const auto asker = members_.find(connection);
  if (asker == members_.end()) return;
  const std::string& user = asker->second.participant.user;
  const ObjectId object{request.object_id()};
  const auto held = leases_.find(object);
  if (request.give_back()) {
    if (held != leases_.end() && held->second.user() == user) end_lease(object);
    return;
  }
  const bool may = is_allowed(Action::take_lease, asker->second.participant.role) && ahead_.find(object) != nullptr &&
                   (held != leases_.end() || leases_.size() < kLeasesPerRoomMax);
  if (!may) {
    v1::Lease& refused = *send(Delivery::To::one, connection).mutable_lease();
    refused.set_object_id(object.value);
    refused.set_ended(true);
    return;
  }
  if (held != leases_.end() && held->second.user() != user) {
    *send(Delivery::To::one, connection).mutable_lease() = held->second;
    return;
  }
  v1::Lease lease;
  lease.set_object_id(object.value);
  lease.set_user(user);
  lease.set_connection_id(connection);
  leases_[object] = lease;
  *send(Delivery::To::all, 0).mutable_lease() = lease;
}

void Room::end_lease(ObjectId object) {
  const auto held = leases_.find(object);
  if (held == leases_.end()) return;
  v1::Lease lease = std::move(held->second);
  leases_.erase(held);
  lease.set_ended(true);
  *send(Delivery::To::all, 0).mutable_lease() = std::move(lease);
}

void Room::lapse_leases(ConnectionId gone) {
  for (auto& [object, lease] : leases_)
    if (lease.connection_id() == gone) lease.set_connection_id(0);
}

// Whoever comes back within the time, or is here with another program, keeps what they had.
void Room::take_up_leases(ConnectionId connection, const std::string& user) {
  for (auto& [object, lease] : leases_) {
    if (lease.connection_id() != 0 || lease.user() != user) continue;
    lease.set_connection_id(connection);
    lease.set_ends_unix_ms(0);
    *send(Delivery::To::all, 0).mutable_lease() = lease;
  }
}

void Room::tend_leases(std::int64_t now_unix_ms) {
  if (leases_.empty()) return;
  std::vector<ObjectId> ended;
  for (auto& [object, lease] : leases_) {
    const bool is_over = lease.ends_unix_ms() != 0 && lease.ends_unix_ms() <= now_unix_ms;
    if (is_over || ahead_.find(object) == nullptr) {
      ended.push_back(object);
    } else if (lease.connection_id() == 0 && lease.ends_unix_ms() == 0) {
      lease.set_ends_unix_ms(now_unix_ms + kLeaseLapseMs);
      *send(Delivery::To::all, 0).mutable_lease() = lease;
    }
  }
  for (const ObjectId object : ended) end_lease(object);
}

bool Room::holds_lapsing_lease() const noexcept {
  return std::ranges::any_of(leases_, [](const auto& lease) { return lease.second.connection_id() == 0; });
}

}  // namespace talkback::domain
