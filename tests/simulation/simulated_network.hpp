// Connections between clients and the server: ordered streams that may end at any frame, each in its own time.
//
// Both ends see an end of a connection on their own: what a client sent before it gave up may arrive long after its
// next connection has begun.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/room.hpp"

namespace talkback::simulation {

using domain::ConnectionId;
using Bytes = std::shared_ptr<const std::string>;

struct Connection {
  ConnectionId id = 0;
  int editor = 0;
  std::deque<Bytes> up;
  std::deque<Bytes> down;
  bool client_has_it = true;
  bool server_has_it = true;
  // The server has sent a Goodbye: it reads no more and has nothing more to say.
  bool is_ending = false;
};

class SimulatedNetwork {
 public:
  explicit SimulatedNetwork(int editors) : reachable_(static_cast<std::size_t>(editors), true) {}

  Connection& open(int editor);
  // nullptr where it is gone.
  Connection* find(ConnectionId id);
  // In the order in which they were opened.
  std::vector<ConnectionId> ids() const;

  // The client is rid of it. `arriving` of the frames that it has sent still reach the server.
  void drop_by_client(ConnectionId id, std::size_t arriving);
  void drop_by_server(ConnectionId id);
  void drop_all();

  bool is_reachable(int editor) const { return reachable_[static_cast<std::size_t>(editor)]; }
  void set_reachable(int editor, bool reachable) { reachable_[static_cast<std::size_t>(editor)] = reachable; }

 private:
  void forget_when_over(ConnectionId id);

  std::map<ConnectionId, Connection> connections_;
  std::vector<bool> reachable_;
  ConnectionId last_id_ = 0;
};

}  // namespace talkback::simulation
