// A project as a member has it open: the replica with its store, and the connection to the room.
//
// Blocking; one thread at a time. Without the server the replica can still be read and edited once it was loaded.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "client/net/room_connection.hpp"
#include "client/project/home.hpp"
#include "client/replica/sync.hpp"

namespace talkback::project {

class OpenProject {
 public:
  // Loads what this machine has; does not touch the network.
  static Result<std::unique_ptr<OpenProject>> open(const Home& home, const Credentials& credentials,
                                                   const std::string& project_id);
  ~OpenProject();

  // Connects and catches up with the head. Fails with `unavailable`, `denied` or `not_found`.
  Result<void> join();

  // Waits for frames at most so long; reconnects once where the copies differ. An error ends the connection.
  Result<std::vector<replica::Event>> pump(std::chrono::milliseconds wait);

  // The outcome of an edit of ours.
  struct Outcome {
    std::uint64_t revision = 0;
    session::ApplyReport report;
  };
  // Submits and waits until the server has stored it. `unavailable` means: kept on this machine, sent with the next
  // connection. Any other error means that the edit was refused and is gone.
  Result<Outcome> submit_and_wait(v1::Edit edit);

  // Waits until every pending edit is answered.
  Result<void> settle();

  void show_presence(const v1::PresenceState& state);

  const session::Session& session() const { return sync_->replica().view(); }
  replica::Sync& sync() { return *sync_; }
  const std::string& id() const noexcept { return id_; }

 private:
  OpenProject(Credentials credentials, std::string id) : credentials_(std::move(credentials)), id_(std::move(id)) {}
  Result<void> connect();

  Credentials credentials_;
  std::string id_;
  std::unique_ptr<replica::ReplicaStore> store_;
  std::unique_ptr<replica::Sync> sync_;
  std::unique_ptr<net::RoomConnection> connection_;
};

}  // namespace talkback::project
