// The server: domain::Room over the simulated store, driven as net::RoomHost drives it.
//
// The only file here that opens a Room. What it holds in memory is gone after crash(); the roles are the store's.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "server/domain/room.hpp"
#include "tests/simulation/simulated_network.hpp"
#include "tests/simulation/simulated_store.hpp"
#include "tests/simulation/witness.hpp"
#include "tests/support/fake_outside.hpp"

namespace talkback::simulation {

// Whether the server would allow it, as of this session.
Result<void> may_edit(const session::Session& session, const v1::Edit& edit, const std::string& user, v1::Role role,
                      const std::string& suggested_by);

// The branch whose room it is.
struct Place {
  domain::BranchId branch = kProject;
  // Of a suggestion: its author.
  std::string suggested_by = {};
};

class SimulatedServer {
 public:
  SimulatedServer(SimulatedStore& store, SimulatedNetwork& network, Witness& witness, test::FakeClock& clock,
                  Sabotage sabotage, Place place = {})
      : store_(store),
        network_(network),
        witness_(witness),
        clock_(clock),
        sabotage_(sabotage),
        place_(std::move(place)) {}
  SimulatedServer(const SimulatedServer&) = delete;
  SimulatedServer& operator=(const SimulatedServer&) = delete;

  v1::Role role_of(const std::string& user) const { return roles_.at(user); }
  void set_role(const std::string& user, v1::Role role);
  void set_user(int editor, const std::string& user) { users_[editor] = user; }

  void receive(ConnectionId connection, const Bytes& bytes);
  // The connection is gone.
  void notice_end(ConnectionId connection);
  // The log's answers reach the room: to questions for old edits, and of the batch.
  void report();
  bool is_busy() const;
  void fail(const Error& error);
  void crash();
  // Stores what was accepted, then says goodbye to everybody.
  void finish();
  enum class Keep { yes, no };
  void take_snapshot(Keep keep);
  void publish_digest();

  // Opens the room where it is not open.
  domain::Room& room();
  bool is_open() const noexcept { return room_ != nullptr; }

 private:
  void pump();
  void submit(ConnectionId connection, const v1::Edit& edit, v1::Role role);
  void answer_questions();
  Result<std::vector<domain::EditName>> look_up(const std::vector<std::string>& ids);
  void send_outbox();
  void send(ConnectionId connection, const Bytes& bytes, bool is_goodbye);
  void close_room();

  SimulatedStore& store_;
  SimulatedNetwork& network_;
  Witness& witness_;
  test::FakeClock& clock_;
  Sabotage sabotage_;
  Place place_;
  std::map<std::string, v1::Role> roles_;
  std::map<int, std::string> users_;
  std::unique_ptr<domain::Room> room_;
  std::set<ConnectionId> seats_;
  bool is_finishing_ = false;
  // Edits that the log is asked for.
  std::vector<std::string> asked_;
  // By the room that is open.
  std::set<std::string> taken_;
  std::uint64_t frames_ = 0;
};

}  // namespace talkback::simulation
