// A branch of a project as a member has it open: the replica with its store, and the connection to the room.
//
// Blocking; one thread at a time. Without the server the replica can still be read and edited once it was loaded.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/net/room_connection.hpp"
#include "client/project/home.hpp"
#include "client/replica/sync.hpp"

namespace talkback::project {

class OpenProject {
 public:
  // Loads what this machine has; does not touch the network.
  static Result<std::unique_ptr<OpenProject>> open(const Home& home, const Credentials& credentials,
                                                   const net::BranchName& branch);
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
  // Of an edit that takes back another.
  Result<Outcome> submit_and_wait(v1::Edit edit, replica::TakeBack take_back);

  // Waits until every pending edit is answered.
  Result<void> settle();

  // Edits of ours that the server refused since this object was made, by edit id.
  const std::map<std::string, Error>& refusals() const noexcept { return refusals_; }

  // Undos of ours that had waited and were made anew since this object was made: what each takes back now, and what it
  // leaves that it did not leave before. By edit id.
  struct RenewedUndo {
    v1::Edit edit;
    std::vector<std::string> left;
  };
  const std::map<std::string, RenewedUndo>& renewed_undos() const noexcept { return renewed_undos_; }

  // Who is at work on what, by object, as far as frames have come.
  const std::map<ObjectId, v1::Lease>& leases() const noexcept { return leases_; }

  // Who is here besides this connection, by connection, as far as frames have come.
  const std::map<std::uint64_t, v1::Presence>& present() const noexcept { return present_; }
  // Orders to record that came since the last call, whoever pumped; kOrdersMax at most, the oldest stay.
  std::vector<v1::RecordOrder> take_record_orders() { return std::exchange(record_orders_, {}); }

  void show_presence(const v1::PresenceState& state);
  // Answered by an event of kind lease.
  void ask_for_lease(ObjectId object, bool give_back);
  // Of another connection's recording; answered by an event of kind record_answer.
  void order_recording(const v1::RecordOrder& order);
  void answer_recording(const v1::RecordAnswer& answer);

  const session::Session& session() const { return sync_->replica().view(); }
  replica::Sync& sync() { return *sync_; }
  // Of the project.
  const std::string& id() const noexcept { return branch_.project; }
  const net::BranchName& branch() const noexcept { return branch_; }
  // The server, by HTTP.
  net::Api api() const { return net::Api(net::HttpClient(credentials_.server, credentials_.token)); }

 private:
  OpenProject(Credentials credentials, net::BranchName branch)
      : credentials_(std::move(credentials)), branch_(std::move(branch)) {}
  static constexpr std::size_t kOrdersMax = 100;
  Result<void> connect();
  Result<Outcome> wait_for(const std::string& edit_id, session::ApplyReport local);
  void note(const replica::Event& event);

  Credentials credentials_;
  net::BranchName branch_;
  std::unique_ptr<replica::ReplicaStore> store_;
  std::unique_ptr<replica::Sync> sync_;
  std::unique_ptr<net::RoomConnection> connection_;
  std::map<std::string, Error> refusals_;
  std::map<std::string, RenewedUndo> renewed_undos_;
  std::map<ObjectId, v1::Lease> leases_;
  std::map<std::uint64_t, v1::Presence> present_;
  std::vector<v1::RecordOrder> record_orders_;
};

}  // namespace talkback::project
