// One open room on its strand: takes frames from connections, drives domain::Room, carries its outbox out.
//
// A delivery is serialised once; every connection gets the same immutable bytes and header. Everything here may be
// called from any thread and returns at once; the work happens on the strand.
#pragma once

#include <google/protobuf/arena.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "server/domain/room.hpp"
#include "server/net/asio.hpp"
#include "server/net/web_socket.hpp"

namespace talkback::net {

// One connection, as the room sees it. [any-thread], returns at once.
class RoomPeer {
 public:
  using Kind = domain::Delivery::Kind;  // a snapshot does not count against a slow reader
  virtual ~RoomPeer() = default;
  virtual void deliver(OutgoingPointer message, Kind kind) = 0;
  // The room has taken the edits of the last submit().
  virtual void read_on() = 0;
};

// The edits of one read, on one arena: taken apart and dropped as a whole.
struct SubmittedEdits {
  std::unique_ptr<google::protobuf::Arena> arena;
  std::vector<const v1::Edit*> edits;
};

class RoomHost : public std::enable_shared_from_this<RoomHost> {
 public:
  struct Outside {
    asio::io_context& io;
    asio::thread_pool& pool;
    domain::EditLog& log;
    domain::Clock& clock;
    // Both on the pool. What an edit says of other branches; and that what was stored answers suggestions, by their
    // branches.
    std::function<Result<void>(const domain::BranchId& into, const v1::Edit&)> check_named_moments;
    std::function<void(const std::vector<domain::BranchId>&)> on_suggestions_taken;
    // The room is over: no new member may be sent to it. Called on the strand.
    std::function<void(const RoomHost&)> on_over;
  };

  RoomHost(Outside outside, domain::Room::Opened opened);

  // Somebody has asked for the room and has not said Hello yet. From here on the host hears what they may no longer do;
  // whoever looks up what they may do does so after this call.
  void expect(domain::ConnectionId connection, domain::UserId user, std::string name, domain::TokenId token);
  void join(domain::ConnectionId connection, std::shared_ptr<RoomPeer> peer, domain::Participant participant,
            domain::TokenId token, v1::Hello hello);
  void leave(domain::ConnectionId connection);
  // The peer is told to read_on() once these are accepted or rejected and the room holds little.
  void submit(domain::ConnectionId connection, SubmittedEdits edits);
  void show_presence(domain::ConnectionId connection, v1::PresenceState state);
  void ask_for_lease(domain::ConnectionId connection, v1::LeaseRequest request);
  void order_recording(domain::ConnectionId connection, v1::RecordOrder order);
  void answer_recording(domain::ConnectionId connection, v1::RecordAnswer answer);
  void change_role(std::string user, v1::Role role);
  void announce(v1::RenderStatus status);
  void announce(v1::HistoryNews news);
  // Closes the connections of the token, or those of the user with any other token than `kept`.
  void revoke_token(domain::TokenId token);
  void revoke_tokens(domain::UserId user, domain::TokenId kept);
  // Closes all connections of the user.
  void dismiss(domain::UserId user, std::string why);
  // Stores what was accepted, then says goodbye to everybody.
  void finish(Error why);

  const domain::ProjectId& project() const noexcept { return project_; }
  const domain::BranchId& branch() const noexcept { return branch_; }

 private:
  struct Seat {
    std::shared_ptr<RoomPeer> peer;
    domain::UserId user;
    domain::TokenId token;
  };
  // Between the handshake and the Hello.
  struct Expected {
    domain::UserId user;
    std::string name;
    domain::TokenId token;
    // Their role or token is no longer what it was.
    bool is_outdated = false;
  };

  template <class Work>
  void on_strand(Work work);
  void pump();
  void send_outbox();
  void store_batch();
  void batch_stored(Result<void> result, const std::vector<domain::BranchId>& suggestions);
  void take(domain::ConnectionId connection, const SubmittedEdits& edits, const std::vector<Result<void>>& named);
  void look_up_refused_batch(Error refusal);
  void ask_questions();
  void release_held();
  void let_go();
  void store_snapshot();
  void arm_presence();
  void arm_digest();
  void arm_leases();
  void arm_empty();
  void close_if_empty();
  void dismiss_all(const std::function<bool(domain::UserId, domain::TokenId)>& chosen, const std::string& why);

  Outside outside_;
  domain::ProjectId project_;
  domain::BranchId branch_;
  Strand strand_;
  domain::Room room_;
  std::map<domain::ConnectionId, Seat> seats_;
  std::map<domain::ConnectionId, Expected> expected_;
  // Members that are not read until the store has caught up.
  std::vector<std::shared_ptr<RoomPeer>> held_;
  asio::steady_timer presence_timer_;
  asio::steady_timer lease_timer_;
  asio::steady_timer digest_timer_;
  asio::steady_timer empty_timer_;
  bool presence_armed_ = false;
  bool leases_armed_ = false;
  bool storing_snapshot_ = false;
  bool told_over_ = false;
  std::optional<Error> finishing_;
};

}  // namespace talkback::net
