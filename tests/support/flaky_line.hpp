// A line to a server that breaks where the test wants: a TCP relay on a free port of this machine.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace talkback::test {

class FlakyLine {
 public:
  explicit FlakyLine(unsigned short server_port);
  ~FlakyLine();
  FlakyLine(const FlakyLine&) = delete;
  FlakyLine& operator=(const FlakyLine&) = delete;

  unsigned short port() const { return port_; }
  // New connections go here.
  void lead_to(unsigned short server_port) { server_port_ = server_port; }
  // Each number breaks one connection, in turn, once it has carried so many bytes to the server.
  void break_after(std::deque<std::int64_t> bytes);
  // From now on no more than so many bytes a second go to the server, over all connections together; 0: as fast as it
  // goes.
  void limit(std::int64_t bytes_per_second) { bytes_per_second_ = bytes_per_second; }
  // How many of them have happened.
  int breaks() const { return breaks_; }

 private:
  void accept_all(std::stop_token stop);
  void carry(std::stop_token stop, int client);
  void wait_for_turn(std::stop_token& stop, std::int64_t bytes);
  bool breaks_now(std::int64_t bytes);

  int listener_ = -1;
  unsigned short port_ = 0;
  std::atomic<unsigned short> server_port_;
  std::atomic<int> breaks_{0};
  std::atomic<std::int64_t> bytes_per_second_{0};
  std::mutex mutex_;
  std::deque<std::int64_t> break_after_;             // guarded by mutex_
  std::chrono::steady_clock::time_point free_at_{};  // guarded by mutex_: the line carries what came before until then
  std::vector<std::jthread> carriers_;               // accepting thread only
  std::jthread accepting_;                           // last: it uses the others
};

}  // namespace talkback::test
