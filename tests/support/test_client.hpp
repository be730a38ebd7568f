// A plain client for tests: blocking HTTP and WebSocket against a server on this machine, with a deadline on every
// wait so that a broken server fails a test instead of hanging it. No Beast in this header.
#pragma once

#include <google/protobuf/message.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/session/session.hpp"
#include "talkback/v1/api.pb.h"

namespace talkback::test {

using Headers = std::map<std::string, std::string>;

struct Reply {
  int status = 0;
  Headers headers;  // names in lower case
  std::string body;
};

// Parses a JSON body; fails the test where it is none.
template <class Message>
Message parsed(const Reply& reply);

void parse_reply(const Reply& reply, google::protobuf::Message& message);
std::string json_of(const google::protobuf::Message& message);

class HttpClient {
 public:
  explicit HttpClient(unsigned short port, std::string token = "");
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;

  // status 0: the connection broke. Reconnects by itself.
  Reply send(const std::string& method, const std::string& target, const std::string& body = "",
             const Headers& headers = {});
  Reply post(const std::string& target, const google::protobuf::Message& message) {
    return send("POST", target, json_of(message));
  }
  Reply get(const std::string& target, const Headers& headers = {}) { return send("GET", target, "", headers); }

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

// Writes raw bytes to a fresh connection and returns all that comes back until the server is silent or closes.
// `more` is sent when the first answer has begun.
std::string exchange_raw(unsigned short port, const std::string& bytes, std::chrono::milliseconds silence,
                         std::string more = "");

class RoomClient {
 public:
  // Throws std::runtime_error with the status where the server refuses the upgrade.
  RoomClient(unsigned short port, const std::string& token, const std::string& project, const Headers& headers = {});
  ~RoomClient();
  RoomClient(RoomClient&&) noexcept;

  void send(const v1::ClientFrame& frame);
  void send_bytes(const std::string& bytes);
  // nullopt: closed, or nothing for 10 s.
  std::optional<v1::ServerFrame> read();

  void hello(std::uint64_t since = 0, const std::string& digest = "");
  void submit(const v1::Edit& edit);
  // What a client keeps over a break: call before hello(other.revision()).
  void continue_from(const RoomClient& other) {
    replica_ = other.replica_;
    revision_ = other.revision_;
  }
  // Reads on until a frame of this kind comes, taking in all the others.
  std::optional<v1::ServerFrame> read_until(v1::ServerFrame::FrameCase kind);
  // Reads until the replica stands at the revision. False: it never got there.
  bool read_to(std::uint64_t revision);

  // What the frames so far say the session is.
  const session::Session& replica() const { return replica_; }
  std::uint64_t revision() const { return revision_; }
  std::string digest() const;

 private:
  void take_in(const v1::ServerFrame& frame);

  struct Inside;
  std::unique_ptr<Inside> inside_;
  session::Session replica_;
  v1::SessionState snapshot_;
  std::uint64_t revision_ = 0;
};

template <class Message>
Message parsed(const Reply& reply) {
  Message message;
  parse_reply(reply, message);
  return message;
}

}  // namespace talkback::test
