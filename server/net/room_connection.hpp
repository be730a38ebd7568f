// Hands a connection that asked for a WebSocket over to its room. For the two files that know Beast.
#pragma once

#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include "server/net/listener.hpp"

namespace talkback::net {

// Who sits down, as routes.cpp has allowed it.
struct RoomTicket {
  // The room expects it.
  domain::ConnectionId connection = 0;
  domain::ProjectId project;
  domain::Participant participant;
  domain::TokenId token;
  std::int64_t token_expires_unix_ms = 0;
};

// Accepts the handshake and returns when the WebSocket is closed.
Awaitable<void> serve_room(boost::beast::tcp_stream stream, OpenConnections::Place place,
                           boost::beast::http::request<boost::beast::http::empty_body> handshake, RoomTicket ticket,
                           std::shared_ptr<RoomHost> room, Shared& shared);

}  // namespace talkback::net
