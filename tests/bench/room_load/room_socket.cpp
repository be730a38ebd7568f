#include "tests/bench/room_load/room_socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "talkback/v1/room.pb.h"

namespace talkback::bench {
namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;

// Tags of room.proto, as they begin on the wire.
enum Tag : unsigned char {
  welcome = 0x0a,
  snapshot = 0x12,
  committed = 0x1a,
  rejected = 0x22,
  goodbye = 0x42,
};

std::uint64_t varint(std::string_view bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (int shift = 0; at < bytes.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) break;
  }
  return value;
}

// The bytes of a length-delimited field whose length begins at `at`.
std::string_view field_bytes(std::string_view bytes, std::size_t& at) {
  const std::uint64_t size = varint(bytes, at);
  const std::string_view field = bytes.substr(at, size);
  at += size;
  return field;
}

std::string control_message(unsigned char opcode, std::string_view payload) {
  std::string message = masked_message(payload);
  message[0] = static_cast<char>(0x80 | opcode);
  return message;
}

}  // namespace

std::string masked_message(std::string_view payload) {
  std::string message("\x82", 1);
  if (payload.size() < 126) {
    message.push_back(static_cast<char>(0x80 | payload.size()));
  } else if (payload.size() < 65'536) {
    message.push_back(static_cast<char>(0x80 | 126));
    for (int shift = 8; shift >= 0; shift -= 8) message.push_back(static_cast<char>(payload.size() >> shift));
  } else {
    message.push_back(static_cast<char>(0x80 | 127));
    for (int shift = 56; shift >= 0; shift -= 8) message.push_back(static_cast<char>(payload.size() >> shift));
  }
  message.append(4, '\0');
  message += payload;
  return message;
}

RoomSocket::RoomSocket(unsigned short port, const std::string& token, const std::string& project, int receive_bytes) {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) throw std::runtime_error("no socket: too many descriptors?");
  if (receive_bytes > 0)
    (void)::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
  const int on = 1;
  (void)::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::string request = "GET /v1/projects/" + project +
                              "/room HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                              "Authorization: Bearer " +
                              token + "\r\n\r\n";
  if (::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    throw std::runtime_error("the server did not take the handshake");
  std::string answer;
  while (answer.find("\r\n\r\n") == std::string::npos) {
    std::array<char, 1024> chunk{};
    const ssize_t got = ::recv(descriptor_, chunk.data(), chunk.size(), 0);
    if (got <= 0) throw std::runtime_error("the server closed during the handshake");
    answer.append(chunk.data(), static_cast<std::size_t>(got));
  }
  if (!answer.starts_with("HTTP/1.1 101")) throw std::runtime_error("no WebSocket: " + answer);
  (void)::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
  take_bytes(std::string_view(answer).substr(answer.find("\r\n\r\n") + 4));
}

RoomSocket::~RoomSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RoomSocket::send(std::string_view messages) { outgoing_ += messages; }

bool RoomSocket::flush() {
  while (sent_ < outgoing_.size()) {
    const ssize_t sent = ::send(descriptor_, outgoing_.data() + sent_, outgoing_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0) return errno != EAGAIN;  // gone: receive() will tell
    sent_ += static_cast<std::size_t>(sent);
  }
  outgoing_.clear();
  sent_ = 0;
  return true;
}

bool RoomSocket::receive() {
  static std::vector<char> chunk(kChunkBytes);
  for (;;) {
    const ssize_t got = ::recv(descriptor_, chunk.data(), chunk.size(), 0);
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) {
      if (received_.trouble.empty()) received_.trouble = "the connection ended";
      return false;
    }
    take_bytes({chunk.data(), static_cast<std::size_t>(got)});
    if (static_cast<std::size_t>(got) < chunk.size()) return true;
  }
}

void RoomSocket::take_bytes(std::string_view bytes) {
  const bool continues = !partial_.empty();
  if (continues) {
    partial_ += bytes;
    bytes = partial_;
  }
  while (const std::size_t used = take_message(bytes)) bytes.remove_prefix(used);
  if (continues)
    partial_.erase(0, partial_.size() - bytes.size());
  else
    partial_ = bytes;
}

// The bytes used, 0 where the message is not whole yet.
std::size_t RoomSocket::take_message(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  const unsigned opcode = static_cast<unsigned char>(bytes[0]) & 0x0fU;
  std::uint64_t size = static_cast<unsigned char>(bytes[1]) & 0x7fU;
  std::size_t header = 2;
  if (size >= 126) {
    const std::size_t more = size == 126 ? 2 : 8;
    if (bytes.size() < 2 + more) return 0;
    size = 0;
    for (std::size_t i = 0; i < more; ++i) size = size << 8 | static_cast<unsigned char>(bytes[2 + i]);
    header += more;
  }
  if (bytes.size() - header < size) return 0;
  const std::string_view payload = bytes.substr(header, size);
  if (opcode == 9) send(control_message(10, payload));
  if (opcode == 8 && received_.trouble.empty()) received_.trouble = "the server closed the connection";
  if (opcode == 2) take_frame(payload);
  return header + size;
}

void RoomSocket::take_frame(std::string_view frame) {
  ++received_.frames;
  if (frame.empty()) return;
  std::size_t at = 1;
  switch (static_cast<unsigned char>(frame[0])) {
    case Tag::committed:
      return take_committed(field_bytes(frame, at));
    case Tag::snapshot:
      received_.snapshot_bytes += frame.size();
      return take_snapshot(field_bytes(frame, at));
    case Tag::rejected:
      ++received_.rejected;
      return;
    case Tag::welcome:
    case Tag::goodbye: {
      v1::ServerFrame parsed;
      (void)parsed.ParseFromArray(frame.data(), static_cast<int>(frame.size()));
      if (parsed.has_goodbye()) received_.trouble = parsed.goodbye().message();
      received_.is_welcome = received_.is_welcome || parsed.has_welcome();
      received_.welcome_head = parsed.welcome().head_revision();
      return;
    }
    default:
      return;
  }
}

void RoomSocket::take_committed(std::string_view batch) {
  for (std::size_t at = 0; at < batch.size();) {
    ++at;  // the tag of `edits`
    const std::string_view committed = field_bytes(batch, at);
    std::size_t inside = 1;  // the tag of `revision`
    received_.revision = varint(committed, inside);
    ++received_.edits;
    if (!on_edit) continue;
    ++inside;  // of `edit`
    const std::string_view edit = field_bytes(committed, inside);
    on_edit(edit.substr(2, 16));
  }
}

void RoomSocket::take_snapshot(std::string_view part) {
  for (std::size_t at = 0; at < part.size();) {
    const std::uint64_t tag = varint(part, at);
    const bool is_last_field = tag >> 3 == v1::SnapshotPart::kLastFieldNumber;
    if ((tag & 7U) == 2)
      (void)field_bytes(part, at);
    else if (const std::uint64_t value = varint(part, at); tag >> 3 == v1::SnapshotPart::kRevisionFieldNumber)
      received_.revision = value;
    else if (is_last_field)
      received_.has_snapshot = true;
  }
}

Crowd::Crowd() : poll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (poll_ < 0) throw std::runtime_error("no epoll");
}

Crowd::~Crowd() { ::close(poll_); }

RoomSocket& Crowd::add(std::unique_ptr<RoomSocket> socket) {
  watch(*socket, true, EPOLL_CTL_ADD);
  return *members_.emplace_back(std::move(socket));
}

void Crowd::abandon(const RoomSocket& socket) { ::epoll_ctl(poll_, EPOLL_CTL_DEL, socket.descriptor(), nullptr); }

void Crowd::clear() { members_.clear(); }

void Crowd::watch(RoomSocket& socket, bool writes, int operation) {
  epoll_event event{};
  event.events = EPOLLIN | (writes ? EPOLLOUT | EPOLLET : EPOLLET);
  event.data.ptr = &socket;
  if (::epoll_ctl(poll_, operation, socket.descriptor(), &event) != 0) throw std::runtime_error("epoll refuses");
}

void Crowd::run_until(const std::function<bool()>& is_done, std::chrono::seconds time_max,
                      std::chrono::microseconds every, const std::function<void()>& tick) {
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (tick) {
    itimerspec times{};
    times.it_interval.tv_nsec = every.count() * 1000;
    times.it_value = times.it_interval;
    (void)::timerfd_settime(timer, 0, &times, nullptr);
  }
  epoll_event timer_event{};
  timer_event.events = EPOLLIN;
  (void)::epoll_ctl(poll_, EPOLL_CTL_ADD, timer, &timer_event);
  for (const auto& member : members_) (void)member->flush();
  const auto until = SteadyClock::now() + time_max;
  std::array<epoll_event, 256> events{};
  std::string trouble;
  while (trouble.empty() && !is_done()) {
    const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 1000);
    for (int i = 0; i < count; ++i) {
      auto* socket = static_cast<RoomSocket*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (socket == nullptr) {
        std::uint64_t ticks = 0;
        (void)!::read(timer, &ticks, sizeof ticks);
        for (; ticks > 0; --ticks) tick();
        continue;
      }
      (void)socket->receive();
      (void)socket->flush();
      trouble = socket->received().trouble;
      if (!trouble.empty()) break;
    }
    if (SteadyClock::now() > until) trouble = "it takes longer than it may";
  }
  ::close(timer);
  if (!trouble.empty()) throw std::runtime_error(trouble);
}

}  // namespace talkback::bench
