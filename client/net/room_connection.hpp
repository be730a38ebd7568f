// One WebSocket to a project's room, with a thread of its own for the network.
//
// send() and next() may be called by any thread. The connection never reconnects by itself: when it is over, next()
// says why, and the caller opens another and says Hello with what it holds.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "client/net/api.hpp"
#include "client/net/url.hpp"
#include "engine/base/result.hpp"
#include "talkback/v1/room.pb.h"

namespace talkback::net {

class RoomConnection {
 public:
  // Blocks until the WebSocket is open. `denied` and `not_found` as the server says; `unavailable` without a network.
  static Result<std::unique_ptr<RoomConnection>> open(const ServerUrl& server, const std::string& token,
                                                      const BranchName& branch);
  virtual ~RoomConnection() = default;

  virtual void send(const v1::ClientFrame& frame) = 0;

  // The next frame; nullopt after `wait` without one; an error once the connection is over and all frames are taken.
  virtual Result<std::optional<v1::ServerFrame>> next(std::chrono::milliseconds wait) = 0;
};

}  // namespace talkback::net
