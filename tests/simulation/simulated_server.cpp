#include "tests/simulation/simulated_server.hpp"

#include <utility>

#include "server/domain/edit_rights.hpp"
#include "server/domain/history.hpp"

namespace talkback::simulation {

using domain::Delivery;
using domain::Room;

Result<void> may_edit(const session::Session& session, const v1::Edit& edit, const std::string& user, v1::Role role,
                      const std::string& suggested_by) {
  return domain::check_edit_rights(session, edit, user, role, suggested_by);
}

Room& SimulatedServer::room() {
  if (room_) return *room_;
  auto at = domain::load_head(store_, place_.branch);
  if (!at) {
    witness_.fail("the room cannot be opened: " + at.error().message);
    at = domain::load_session(store_, place_.branch, store_.first_revision());
  }
  room_ = std::make_unique<Room>(Room::Opened{.project = kProject,
                                              .branch = place_.branch,
                                              .suggested_by = place_.suggested_by,
                                              .session = std::move(at->session),
                                              .revision = at->revision,
                                              .snapshot_revision = at->snapshot_revision,
                                              .edit_names = {}});
  return *room_;
}

void SimulatedServer::receive(ConnectionId id, const Bytes& bytes) {
  // After a Goodbye what comes is read and dropped.
  if (network_.find(id)->is_ending) return;
  v1::ClientFrame frame;
  TALKBACK_CHECK(frame.ParseFromString(*bytes));
  const std::string& user = users_.at(network_.find(id)->editor);
  const v1::Role role = roles_.at(user);
  if (frame.has_hello()) {
    seats_.insert(id);
    const v1::Role told = sabotage_ == Sabotage::everybody_is_owner ? v1::OWNER : role;
    room().join(id, {.id = {1}, .user = user, .role = told}, frame.hello());
  } else if (frame.has_submit() && room_ && !is_finishing_) {
    submit(id, frame.submit().edit(), role);
  }
  if (frame.has_lease() && room_) room_->ask_for_lease(id, frame.lease());
  if (frame.has_record_order() && room_) room_->order_recording(id, frame.record_order(), clock_.now_unix_ms());
  if (frame.has_record_answer() && room_) room_->answer_recording(id, frame.record_answer(), clock_.now_unix_ms());
  pump();
}

void SimulatedServer::submit(ConnectionId id, const v1::Edit& edit, v1::Role role) {
  witness_.came_to_room(edit, role);
  const std::size_t before = room_->waiting_bytes();
  room_->submit(id, edit, clock_.now_unix_ms());
  const bool is_taken = room_->waiting_bytes() > before;
  if (is_taken)
    taken_.insert(edit.edit_id());
  else if (!taken_.contains(edit.edit_id()) && !store_.holds(edit.edit_id()))
    witness_.in_doubt(edit);
}

void SimulatedServer::notice_end(ConnectionId connection) {
  network_.drop_by_server(connection);
  seats_.erase(connection);
  if (!room_) return;
  room_->leave(connection);
  pump();
}

void SimulatedServer::set_role(const std::string& user, v1::Role role) {
  roles_[user] = role;
  if (!room_ || sabotage_ == Sabotage::everybody_is_owner) return;
  room_->change_role(user, role);
  pump();
}

void SimulatedServer::report() {
  answer_questions();
  store_.report();
}

bool SimulatedServer::is_busy() const { return store_.is_writing() || !asked_.empty(); }

// What the log says of these edits, as the room's host asks it.
Result<std::vector<domain::EditName>> SimulatedServer::look_up(const std::vector<std::string>& ids) {
  if (sabotage_ == Sabotage::room_forgets_names) return std::vector<domain::EditName>();
  return store_.find_edits(place_.branch, ids);
}

void SimulatedServer::answer_questions() {
  if (!room_ || asked_.empty()) return;
  room_->answer_questions(look_up(std::exchange(asked_, {})));
  pump();
}

void SimulatedServer::fail(const Error& error) { store_.fail(error); }

void SimulatedServer::crash() {
  store_.crash();
  network_.drop_all();
  seats_.clear();
  room_.reset();
  asked_.clear();
  taken_.clear();
  is_finishing_ = false;
}

void SimulatedServer::finish() {
  if (!room_) return;
  is_finishing_ = true;
  pump();
}

void SimulatedServer::take_snapshot(Keep keep) {
  if (!room_) return;
  const v1::SessionState state = room_->take_snapshot();
  if (keep == Keep::yes) TALKBACK_CHECK(store_.add_snapshot(place_.branch, state).has_value());
}

void SimulatedServer::publish_digest() {
  if (!room_) return;
  room_->publish_digest();
  pump();
}

void SimulatedServer::pump() {
  if (!room_) return;
  if (is_finishing_ && room_->is_settled())
    room_->end({ErrorCode::unavailable, "the server is stopping: come back in a moment"});
  if (auto batch = room_->take_batch()) {
    store_.append(*std::move(batch), [this](Result<void> result) {
      const bool is_known = !result && result.error().code == ErrorCode::conflict;
      auto known = is_known ? look_up(room_->storing_ids()) : std::vector<domain::EditName>();
      if (known && !known->empty())
        room_->take_back(*known);
      else
        room_->stored(result);
      pump();
    });
  }
  if (!room_) return;  // a store that answers at once has ended it
  room_->tend_leases(clock_.now_unix_ms());
  send_outbox();
  if (room_->is_over()) return close_room();
  if (auto ids = room_->take_questions(); !ids.empty()) asked_ = std::move(ids);
}

void SimulatedServer::send_outbox() {
  for (const Delivery& delivery : room_->take_outbox()) {
    witness_.told(delivery.frame);
    const auto bytes = std::make_shared<const std::string>(delivery.frame.SerializeAsString());
    const std::set<ConnectionId> seats = seats_;
    for (const ConnectionId connection : seats) {
      const bool is_named = connection == delivery.connection;
      if (delivery.to == Delivery::To::one && !is_named) continue;
      if (delivery.to == Delivery::To::all_but && is_named) continue;
      send(connection, bytes, delivery.frame.has_goodbye());
    }
  }
}

void SimulatedServer::send(ConnectionId id, const Bytes& bytes, bool is_goodbye) {
  Connection* connection = network_.find(id);
  if (connection == nullptr || connection->is_ending) return;
  const bool is_lost = sabotage_ == Sabotage::frames_get_lost && ++frames_ % 50 == 0;
  if (connection->client_has_it && !is_lost) connection->down.push_back(bytes);
  connection->is_ending = is_goodbye;
}

void SimulatedServer::close_room() {
  room_.reset();
  asked_.clear();
  taken_.clear();
  seats_.clear();
  is_finishing_ = false;
}

}  // namespace talkback::simulation
