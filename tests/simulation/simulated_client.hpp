// A member's machine: a disk that survives, and the program that runs on it until its power is cut.
//
// The program is the product's: replica::Sync over a replica. The disk fails or the power goes at a write that the
// simulation chooses, before the write has reached the disk or after it.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/replica/sync.hpp"
#include "tests/simulation/sabotage.hpp"
#include "tests/simulation/simulated_network.hpp"
#include "tests/simulation/witness.hpp"

namespace talkback::simulation {

// Thrown out of a write: everything above it is gone.
struct PowerCut {};

class SimulatedReplicaStore final : public replica::ReplicaStore {
 public:
  explicit SimulatedReplicaStore(Sabotage sabotage) : sabotage_(sabotage) {}

  enum class Fate { cut_before, cut_after, full };
  // Of the write after `writes` more.
  void arm(Fate fate, std::uint64_t writes) { armed_ = {fate, writes}; }
  void disarm() { armed_.reset(); }

  Result<void> add_pending(const v1::PendingEdit& pending) override;
  Result<void> remove_pending(const std::string& edit_id) override;
  Result<std::vector<v1::PendingEdit>> pending() override;
  Result<void> keep_state(const v1::SessionState& state, const replica::NewlyKnown& known) override;
  Result<std::optional<v1::SessionState>> state() override;
  Result<std::vector<v1::KnownEdit>> known(std::uint64_t revision) override;

 private:
  template <class Write>
  Result<void> run(Write write);

  Sabotage sabotage_;
  std::deque<std::pair<std::string, std::string>> pending_;  // edit id, bytes
  std::optional<std::string> state_;
  std::map<std::uint64_t, std::string> known_;
  std::optional<std::pair<Fate, std::uint64_t>> armed_;
};

class SimulatedClient {
 public:
  SimulatedClient(int editor, std::string user, SimulatedNetwork& network, Witness& witness, Sabotage sabotage);
  SimulatedClient(const SimulatedClient&) = delete;
  SimulatedClient& operator=(const SimulatedClient&) = delete;

  const std::string& user() const noexcept { return user_; }
  SimulatedReplicaStore& disk() noexcept { return disk_; }
  bool is_running() const noexcept { return sync_.has_value(); }
  // The program must run.
  const replica::Replica& replica() const { return sync_->replica(); }
  bool is_settled() const { return sync_ && sync_->is_settled(); }
  bool is_joined() const { return sync_ && sync_->is_joined(); }
  ConnectionId connection() const noexcept { return connection_; }

  void start();
  void crash();
  // A new connection; of what went over the old one, `arriving` frames still reach the server.
  void connect(std::size_t arriving);
  void cut(std::size_t arriving);
  void receive(const Bytes& bytes);
  // False where it was refused at once.
  bool submit(v1::Edit edit);
  void save();

 private:
  void look_at(const std::vector<replica::Event>& events);

  int editor_;
  std::string user_;
  SimulatedNetwork& network_;
  Witness& witness_;
  SimulatedReplicaStore disk_;
  std::optional<replica::Sync> sync_;
  ConnectionId connection_ = 0;
};

}  // namespace talkback::simulation
