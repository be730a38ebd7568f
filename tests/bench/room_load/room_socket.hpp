// A member of a room that costs next to nothing: a plain socket, frames made beforehand, deliveries counted where they
// lie. For load, not for truth: it trusts the server's bytes.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace talkback::bench {

using SteadyClock = std::chrono::steady_clock;

// The WebSocket message (RFC 6455) that a client sends: masked with zeros, which leaves the bytes as they are.
std::string masked_message(std::string_view payload);

// What frames have come so far.
struct Received {
  std::uint64_t revision = 0;       // of the newest committed edit
  std::uint64_t edits = 0;          // committed edits, those in snapshots not counted
  std::uint64_t frames = 0;         // WebSocket messages
  std::uint64_t rejected = 0;
  std::uint64_t welcome_head = 0;   // the head when it joined
  std::uint64_t snapshot_bytes = 0;
  bool is_welcome = false;
  bool has_snapshot = false;        // to its last part
  std::string trouble;              // a Goodbye's words, or that the connection ended

  bool is_at_head() const { return has_snapshot && revision >= welcome_head; }
};

class RoomSocket {
 public:
  // Connects and shakes hands, waiting. Throws std::runtime_error. receive_bytes: the kernel's buffer; 0 leaves it.
  RoomSocket(unsigned short port, const std::string& token, const std::string& project, int receive_bytes = 0);
  ~RoomSocket();
  RoomSocket(const RoomSocket&) = delete;
  RoomSocket& operator=(const RoomSocket&) = delete;

  int descriptor() const { return descriptor_; }
  const Received& received() const { return received_; }
  void count_edits_anew() { received_.edits = 0; }
  // Called for every committed edit with its 16-byte id; costs, so not set in a burst.
  std::function<void(std::string_view edit_id)> on_edit;

  // Adds to what is to be sent; goes out with flush(), as far as the kernel takes it.
  void send(std::string_view messages);
  // True when all is sent.
  bool flush();
  // Takes what has come. False: the connection is over.
  bool receive();

 private:
  void take_bytes(std::string_view bytes);
  std::size_t take_message(std::string_view bytes);
  void take_frame(std::string_view frame);
  void take_committed(std::string_view batch);
  void take_snapshot(std::string_view part);

  int descriptor_ = -1;
  std::string partial_;
  std::string outgoing_;
  std::size_t sent_ = 0;
  Received received_;
};

// Waits for many sockets in one thread.
class Crowd {
 public:
  Crowd();
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  RoomSocket& add(std::unique_ptr<RoomSocket> socket);
  // Never reads from it again.
  void abandon(const RoomSocket& socket);
  void clear();
  std::vector<std::unique_ptr<RoomSocket>>& members() { return members_; }

  // Sends and receives until is_done(), asked after every round. Throws where it takes longer than `time_max`, or a
  // member got a Goodbye. `tick` is called about so often.
  void run_until(const std::function<bool()>& is_done, std::chrono::seconds time_max,
                 std::chrono::microseconds every = {}, const std::function<void()>& tick = {});

 private:
  void watch(RoomSocket& socket, bool writes, int operation);

  int poll_ = -1;
  std::vector<std::unique_ptr<RoomSocket>> members_;
};

}  // namespace talkback::bench
