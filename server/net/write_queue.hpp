// What waits to be written to one connection: shared messages, gathered into as few writes as the kernel allows, in
// order. Bounded by bytes and by age; who goes beyond is too slow. One thread at a time.
#pragma once

#include <chrono>
#include <vector>

#include "server/net/rate_limit.hpp"
#include "server/net/web_socket.hpp"

namespace talkback::net {

class WriteQueue {
 public:
  enum class Outcome { all_written, kernel_is_full, failed };

  explicit WriteQueue(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // counts: against the bounds. What was asked for and is large, a snapshot, does not.
  void add(OutgoingPointer message, bool counts, SteadyTime now);
  // Another message of this size would be too much, or the first one waits too long.
  bool is_too_slow(std::size_t bytes, SteadyTime now) const;
  std::size_t bytes() const noexcept { return bytes_; }
  bool is_empty() const noexcept { return first_ == queue_.size(); }

  // Writes without waiting.
  Outcome write(int socket);

  // All but the message that is half written.
  void drop_waiting();
  void clear();

 private:
  struct Queued {
    OutgoingPointer message;
    bool counts = true;
    SteadyTime since;
  };

  void drop(std::size_t written);

  const std::size_t bytes_max_;
  // A vector with its begin: unlike a deque it takes nothing while it is empty, as nearly all are nearly always.
  std::vector<Queued> queue_;
  std::size_t first_ = 0;
  std::size_t bytes_ = 0;
  std::size_t written_ = 0;  // of the first
};

}  // namespace talkback::net
