#include "tests/support/flaky_line.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace talkback::test {
namespace {

constexpr int kPollMs = 50;

sockaddr_in local(unsigned short port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int socket, const char* bytes, ssize_t count) {
  while (count > 0) {
    const ssize_t done = ::send(socket, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL);
    if (done <= 0) return false;
    bytes += done;
    count -= done;
  }
  return true;
}

}  // namespace

FlakyLine::FlakyLine(unsigned short server_port) : server_port_(server_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int small = 16'384;
  ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  sockaddr_in address = local(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port for the line");
  port_ = ntohs(address.sin_port);
  accepting_ = std::jthread([this](std::stop_token stop) { accept_all(stop); });
}

FlakyLine::~FlakyLine() {
  accepting_.request_stop();
  accepting_.join();
  for (std::jthread& carrier : carriers_) carrier.request_stop();
  carriers_.clear();
  ::close(listener_);
}

void FlakyLine::break_after(std::deque<std::int64_t> bytes) {
  const std::lock_guard lock(mutex_);
  break_after_ = std::move(bytes);
}

void FlakyLine::wait_for_turn(std::stop_token& stop, std::int64_t bytes) {
  const std::int64_t rate = bytes_per_second_;
  if (rate == 0) return;
  std::chrono::steady_clock::time_point turn;
  {
    const std::lock_guard lock(mutex_);
    free_at_ =
        std::max(free_at_, std::chrono::steady_clock::now()) + std::chrono::microseconds(bytes * 1'000'000 / rate);
    turn = free_at_;
  }
  // A line that is made faster meanwhile is faster at once.
  while (!stop.stop_requested() && bytes_per_second_ == rate && std::chrono::steady_clock::now() < turn)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

bool FlakyLine::breaks_now(std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (break_after_.empty() || bytes < break_after_.front()) return false;
  break_after_.pop_front();
  ++breaks_;
  return true;
}

void FlakyLine::accept_all(std::stop_token stop) {
  while (!stop.stop_requested()) {
    pollfd wait{listener_, POLLIN, 0};
    if (::poll(&wait, 1, kPollMs) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    carriers_.emplace_back([this, client](std::stop_token ending) { carry(ending, client); });
  }
}

void FlakyLine::carry(std::stop_token stop, int client) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = local(server_port_);
  bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  std::int64_t carried = 0;
  // Small, as what waits in here waits for nobody's turn.
  std::vector<char> bytes(4'096);
  while (open && !stop.stop_requested()) {
    pollfd wait[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(wait, 2, kPollMs) < 0) break;
    for (int side = 0; side < 2 && open; ++side) {
      if (wait[side].revents == 0) continue;
      const ssize_t got = ::recv(wait[side].fd, bytes.data(), bytes.size(), 0);
      if (side == 0 && got > 0) wait_for_turn(stop, got);
      open = got > 0 && send_all(wait[1 - side].fd, bytes.data(), got);
      if (side != 0 || !open) continue;
      carried += got;
      open = !breaks_now(carried);
    }
  }
  ::close(server);
  ::close(client);
}

}  // namespace talkback::test
