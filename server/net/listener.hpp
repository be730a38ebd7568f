// The port: accepts connections, bounded in number, and carries them until it is told to stop.
//
// Owns the I/O threads. start and stop are called by one thread.
#pragma once

#include <memory>

#include "engine/base/result.hpp"
#include "server/net/asio.hpp"
#include "server/net/open_connections.hpp"
#include "server/net/rate_limit.hpp"
#include "server/net/room_hub.hpp"
#include "server/net/services.hpp"

namespace talkback::net {

// What every connection shares. Lives as long as the last of them.
struct Shared {
  asio::io_context& io;
  asio::thread_pool& work;
  // Argon2id only: it takes memory, so few at a time.
  asio::thread_pool& passwords;
  const Services& services;
  const NetSettings& settings;
  RoomHub& rooms;
  SignInLimits sign_ins;
  OpenConnections connections;
  std::atomic<std::size_t> passwords_waiting{0};
};

// http_connection.cpp: one connection from its first request to its end, WebSocket included.
Awaitable<void> serve_connection(Tcp::socket socket, OpenConnections::Place place, Shared& shared);

// Ends all connections. Whoever is about something, a goodbye included, may finish it in finish_max and is cut then.
// When this returns, kCutTimeMax later at most, none is left but those whose work on the pools takes longer; how many
// is logged. Close the listener and finish the rooms first. Not for the I/O threads.
void end_connections(Shared& shared, std::chrono::milliseconds finish_max);

class Listener {
 public:
  // Binds. unavailable: the port is taken or the address is not ours.
  static Result<std::unique_ptr<Listener>> open(Shared& shared);

  unsigned short port() const noexcept { return port_; }
  // Accepts until close(). Call once, before the I/O threads run.
  void start();
  // No new connection from now on. [any-thread]
  void close();

 private:
  Listener(Shared& shared, Tcp::acceptor acceptor);
  Awaitable<void> accept();

  Shared& shared_;
  Tcp::acceptor acceptor_;
  unsigned short port_;
};

}  // namespace talkback::net
