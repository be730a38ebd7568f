// One branch in a schedule: its log, its room, the network to it, and a machine of each editor that works on it.
//
// Branches know nothing of one another: what goes from one to the other is an edit like any other (branch_work.hpp).
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "tests/simulation/judge.hpp"
#include "tests/simulation/schedule.hpp"
#include "tests/simulation/simulated_client.hpp"
#include "tests/simulation/simulated_server.hpp"

namespace talkback::simulation {

// What happened, a line a step; where somebody wants to hear it.
struct Telling {
  bool is_told = false;
  std::string story;
};

class Line {
 public:
  struct Beginning {
    domain::BranchId branch = kProject;
    std::string suggested_by = {};
    // The base and the revision of it where the branch begins; null: the main branch.
    Line* base = nullptr;
    v1::SessionState state;
    // The first so many of the schedule's.
    int editors = 0;
    // Who began it, and does most of what is done there.
    int founder = 0;
  };
  Line(const Schedule& schedule, Beginning beginning, Sabotage sabotage, test::FakeClock& clock, SuggestionBook& book,
       Telling& telling);
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // What concerns this branch alone.
  void play(const Step& step);
  // The server's memory is gone, this room's as well.
  void crash_server();
  void set_role(const std::string& user, v1::Role role) { server_.set_role(user, role); }
  void come_to_rest();
  // Copies, log and oracle; false where something differs.
  void check(History history);

  // What is under way arrives, is stored and answered.
  void catch_up(int editor);
  // As a command does that wants to see what there is: starts, connects, catches up.
  void come_by(int editor);
  void connect(int editor, std::size_t arriving);
  void exchange(int editor);
  // Something that the dice say.
  void edit(int editor, std::uint64_t dice);
  // False where it was refused at once.
  bool submit(int editor, v1::Edit edit);
  void tell(int editor, const std::string& what);
  void tell(const std::string& what);
  void tell_log();

  const domain::BranchId& branch() const noexcept { return beginning_.branch; }
  const std::string& suggested_by() const noexcept { return beginning_.suggested_by; }
  Line* base() const noexcept { return beginning_.base; }
  std::uint64_t begins_at() const noexcept { return store_.first_revision(); }
  int editors() const noexcept { return beginning_.editors; }
  int founder() const noexcept { return beginning_.founder; }
  SimulatedClient& client(int editor) { return clients_[static_cast<std::size_t>(editor)]; }
  SimulatedStore& store() noexcept { return store_; }
  SimulatedServer& server() noexcept { return server_; }
  Witness& witness() noexcept { return witness_; }
  const Models& models() const noexcept { return models_; }
  // The session of the branch, also before it began.
  session::Session session_at(std::uint64_t revision);

 private:
  void undo(int editor, std::uint64_t dice);
  void check_may_take_back(const SimulatedClient& author, const v1::Edit& undo);
  void start_and_connect(int editor, Dice& dice);
  void deliver_up(Dice& dice);
  void deliver_up(ConnectionId id, std::size_t count);
  void deliver_down(int editor, std::size_t count);
  void fail_store(Dice& dice);
  void arm(int editor, Dice& dice);
  void partition(Dice& dice);
  void notice(Dice& dice);
  bool is_at_rest();
  // What keeps it from rest.
  std::string what_moves();

  const Schedule& schedule_;
  Beginning beginning_;
  Sabotage sabotage_;
  Telling& telling_;
  SimulatedStore store_;
  Witness witness_{store_};
  SimulatedNetwork network_;
  SimulatedServer server_;
  std::deque<SimulatedClient> clients_;
  Models models_;
};

}  // namespace talkback::simulation
