// A member's WebSocket. Bytes are read and the timer runs on the connection's strand; frames for the member are written
// by whoever delivers them, where the kernel takes them at once.
//
// At rest a connection holds no buffer and no coroutine: bytes are read into a buffer of the thread's, and what is not
// sent yet is shared with all who get it.
#include "server/net/room_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/beast/websocket.hpp>
#include <cerrno>
#include <mutex>

#include "server/net/keep_alive.hpp"
#include "server/net/limits.hpp"
#include "server/net/rate_limit.hpp"
#include "server/net/write_queue.hpp"
#include "server/ops/log.hpp"

namespace talkback::net {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr auto kNoThrow = [](SystemError& error) { return asio::redirect_error(asio::use_awaitable, error); };

OutgoingPointer goodbye(ErrorCode code, const std::string& message) {
  v1::ServerFrame frame;
  frame.mutable_goodbye()->set_code(std::string(to_string(code)));
  frame.mutable_goodbye()->set_message(message);
  return outgoing(Opcode::binary, std::make_shared<const std::string>(frame.SerializeAsString()));
}

class RoomConnection final : public RoomPeer, public std::enable_shared_from_this<RoomConnection> {
 public:
  RoomConnection(Tcp::socket socket, OpenConnections::Place place, RoomTicket ticket, std::shared_ptr<RoomHost> room,
                 Shared& shared)
      : socket_(std::move(socket)),
        place_(std::move(place)),
        ticket_(std::move(ticket)),
        room_(std::move(room)),
        shared_(shared),
        id_(ticket_.connection),
        timer_(socket_.get_executor()),
        peer_(shared.settings.silence_max, Clock::now()),
        frames_({.per_second = shared.settings.frames_per_second, .burst = 2 * shared.settings.frames_per_second},
                peer_.last_heard()),
        writes_(shared.settings.write_queue_bytes_max) {}

  // On the strand; keeps itself alive until the connection is over.
  void start();
  void deliver(OutgoingPointer message, Kind kind) override;
  void read_on() override;

 private:
  using Clock = std::chrono::steady_clock;

  void wait_for_bytes();
  void take_bytes();
  void take_message(const Message& message);
  // False: the frame was no frame, or one that may not come now.
  bool take_frame(const v1::ClientFrame& frame);
  void take_hello(const v1::Hello& hello);
  void hand_over_edits();

  // With the mutex held.
  void enqueue(OutgoingPointer message, Kind kind);
  void enqueue_goodbye(OutgoingPointer message);
  void write();
  void wait_until_writable();

  void say_goodbye(ErrorCode code, const std::string& message);
  void close(CloseCode code);
  bool has_expired() const;
  void say_goodbye_expired();
  void look_after();
  void cut_after(Clock::duration time);
  void cut();

  Tcp::socket socket_;
  OpenConnections::Place place_;  // after the socket: left before it is closed
  RoomTicket ticket_;
  std::shared_ptr<RoomHost> room_;
  Shared& shared_;
  const domain::ConnectionId id_;

  // On the strand.
  asio::steady_timer timer_;  // for the Hello, then for silence, then for the end after a Goodbye
  KeepAlive peer_;
  TokenBucket frames_;
  MessageReader reader_{kFrameBytesMax};
  SubmittedEdits edits_;  // of the bytes being read
  bool joined_ = false;
  int handed_over_ = 0;     // times that the room is to read_on()
  bool is_paused_ = false;  // too many frames

  std::mutex mutex_;
  WriteQueue writes_;
  bool waits_until_writable_ = false;
  std::atomic<bool> ending_{false};  // a Goodbye is queued or the peer is gone
  bool gone_ = false;                // the socket is closed; changed on the strand, with the mutex held
};

void RoomConnection::start() {
  timer_.expires_after(shared_.settings.hello_time_max);
  timer_.async_wait([self = shared_from_this()](SystemError error) {
    if (!error && !self->joined_) self->say_goodbye(ErrorCode::invalid, "no Hello came");
  });
  wait_for_bytes();
}

void RoomConnection::wait_for_bytes() {
  if (gone_ || handed_over_ > 0 || is_paused_) return;
  socket_.async_wait(Tcp::socket::wait_read, [self = shared_from_this()](SystemError error) {
    if (!error) self->take_bytes();
  });
}

void RoomConnection::take_bytes() {
  thread_local std::array<char, kReadBytes> buffer;
  const ssize_t got = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait_for_bytes();
  if (got <= 0) return cut();
  peer_.heard(Clock::now());
  std::size_t count = 0;
  const CloseCode fault =
      reader_.read(std::span(buffer.data(), static_cast<std::size_t>(got)), [&](const Message& message) {
        ++count;
        take_message(message);
      });
  hand_over_edits();
  edits_ = {};
  if (fault != CloseCode::none) close(fault);
  frames_.spend(count, peer_.last_heard());
  if (const auto wait = frames_.wait(peer_.last_heard()); wait.count() > 0 && !gone_) {
    is_paused_ = true;
    auto pause = std::make_shared<asio::steady_timer>(socket_.get_executor(), wait);
    pause->async_wait([self = shared_from_this(), pause](SystemError) {
      self->is_paused_ = false;
      self->wait_for_bytes();
    });
  }
  wait_for_bytes();
}

void RoomConnection::take_message(const Message& message) {
  // After a Goodbye the rest of what is on its way is read and dropped, so that the close can arrive.
  if (message.kind == Opcode::close) return ending_ ? cut() : close(CloseCode::normal);
  if (ending_ || message.kind == Opcode::pong) return;
  if (message.kind == Opcode::ping) {
    const std::lock_guard lock(mutex_);
    enqueue(outgoing(Opcode::pong, std::make_shared<const std::string>(message.payload)), Kind::ordinary);
    return write();
  }
  if (!edits_.arena) edits_.arena = std::make_unique<google::protobuf::Arena>();
  v1::ClientFrame& frame = *google::protobuf::Arena::CreateMessage<v1::ClientFrame>(edits_.arena.get());
  const bool parsed = message.kind == Opcode::binary &&
                      frame.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()));
  if (!parsed)
    say_goodbye(ErrorCode::invalid, "the frame is not a ClientFrame");
  else if (has_expired())
    say_goodbye_expired();
  else if (!take_frame(frame))
    say_goodbye(ErrorCode::invalid, "the first frame, and only the first, is a Hello");
}

bool RoomConnection::take_frame(const v1::ClientFrame& frame) {
  if (joined_ == frame.has_hello()) return false;
  switch (frame.frame_case()) {
    case v1::ClientFrame::kHello:
      take_hello(frame.hello());
      return true;
    case v1::ClientFrame::kSubmit:
      edits_.edits.push_back(&frame.submit().edit());
      return true;
    case v1::ClientFrame::kPresence:
      hand_over_edits();
      room_->show_presence(id_, frame.presence());
      return true;
    case v1::ClientFrame::kLease:
      room_->ask_for_lease(id_, frame.lease());
      return true;
    case v1::ClientFrame::kRecordOrder:
      room_->order_recording(id_, frame.record_order());
      return true;
    case v1::ClientFrame::kRecordAnswer:
      room_->answer_recording(id_, frame.record_answer());
      return true;
    // A newer client says something that this server does not know: nothing is lost by not hearing it.
    case v1::ClientFrame::FRAME_NOT_SET:
      return true;
  }
  return true;
}

void RoomConnection::take_hello(const v1::Hello& hello) {
  joined_ = true;
  ops::log_info("joined", {{"project", ticket_.project},
                           {"user", ticket_.participant.user},
                           {"client", hello.client().substr(0, 100)},
                           {"connection", std::to_string(id_)}});
  room_->join(id_, shared_from_this(), ticket_.participant, ticket_.token, hello);
  look_after();
}

// One hop to the room for all that a read has brought; the next read waits for the room. So no member has more on its
// way than that, however fast it sends.
void RoomConnection::hand_over_edits() {
  if (edits_.edits.empty()) return;
  ++handed_over_;
  room_->submit(id_, std::exchange(edits_, {}));
}

void RoomConnection::read_on() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    --self->handed_over_;
    self->wait_for_bytes();
  });
}

void RoomConnection::deliver(OutgoingPointer message, Kind kind) {
  const bool is_large = message->size() > kWriteAtOnceBytes;
  {
    const std::lock_guard lock(mutex_);
    enqueue(std::move(message), kind);
    // The room goes on to the next member meanwhile: other threads copy large frames to the kernel.
    if (!is_large) return write();
  }
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    const std::lock_guard lock(self->mutex_);
    self->write();
  });
}

void RoomConnection::enqueue(OutgoingPointer message, Kind kind) {
  if (ending_) return;
  const SteadyTime now = Clock::now();
  if (kind == Kind::goodbye) return enqueue_goodbye(std::move(message));
  if (kind == Kind::ordinary && writes_.is_too_slow(message->size(), now)) {
    ops::log_warning("a slow reader was disconnected",
                     {{"user", ticket_.participant.user}, {"queued_bytes", std::to_string(writes_.bytes())}});
    // The frame being written stays; the rest is caught up by revision after the next Hello.
    writes_.drop_waiting();
    return enqueue_goodbye(
        goodbye(ErrorCode::unavailable, "your connection is too slow for this room: connect again to catch up"));
  }
  writes_.add(std::move(message), kind == Kind::ordinary, now);
}

void RoomConnection::enqueue_goodbye(OutgoingPointer message) {
  ending_ = true;
  writes_.add(std::move(message), false, Clock::now());
  writes_.add(outgoing_close(CloseCode::normal), false, Clock::now());
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->cut_after(kGoodbyeTimeMax); });
}

void RoomConnection::write() {
  if (gone_ || waits_until_writable_) return;
  switch (writes_.write(socket_.native_handle())) {
    case WriteQueue::Outcome::all_written:
      if (!ending_) return;
      (void)::shutdown(socket_.native_handle(), SHUT_WR);
      return;
    case WriteQueue::Outcome::kernel_is_full:
      waits_until_writable_ = true;
      asio::post(socket_.get_executor(), [self = shared_from_this()] { self->wait_until_writable(); });
      return;
    case WriteQueue::Outcome::failed:
      ending_ = true;
      asio::post(socket_.get_executor(), [self = shared_from_this()] { self->cut(); });
      return;
  }
}

void RoomConnection::wait_until_writable() {
  if (gone_) return;
  socket_.async_wait(Tcp::socket::wait_write, [self = shared_from_this()](SystemError error) {
    if (error) return;
    const std::lock_guard lock(self->mutex_);
    self->waits_until_writable_ = false;
    self->write();
  });
}

void RoomConnection::say_goodbye(ErrorCode code, const std::string& message) {
  const std::lock_guard lock(mutex_);
  enqueue(goodbye(code, message), Kind::goodbye);
  write();
}

// Without a Goodbye: the peer has closed, or does not speak the protocol.
void RoomConnection::close(CloseCode code) {
  const std::lock_guard lock(mutex_);
  if (ending_.exchange(true)) return;
  writes_.drop_waiting();
  writes_.add(outgoing_close(code), false, Clock::now());
  cut_after(kGoodbyeTimeMax);
  write();
}

bool RoomConnection::has_expired() const {
  return shared_.services.clock.now_unix_ms() >= ticket_.token_expires_unix_ms;
}

void RoomConnection::say_goodbye_expired() {
  say_goodbye(ErrorCode::denied, "the token has expired: sign in again, or ask for a new link");
}

// A peer that is gone without a word is found by asking. Whoever only listens is to hear nothing either once the token
// has expired.
void RoomConnection::look_after() {
  const std::chrono::milliseconds left(
      std::max<std::int64_t>(0, ticket_.token_expires_unix_ms - shared_.services.clock.now_unix_ms()));
  const auto interval = std::chrono::ceil<std::chrono::milliseconds>(peer_.interval());
  timer_.expires_after(std::min(interval, left));
  timer_.async_wait([self = shared_from_this()](SystemError error) {
    if (error) return;
    if (self->has_expired()) return self->say_goodbye_expired();
    const KeepAlive::Step step = self->peer_.look(Clock::now());
    if (step == KeepAlive::Step::give_up) return self->cut();
    if (step == KeepAlive::Step::ask) {
      static const OutgoingPointer kPing = outgoing(Opcode::ping, std::make_shared<const std::string>());
      const std::lock_guard lock(self->mutex_);
      self->enqueue(kPing, Kind::ordinary);
      self->write();
    }
    self->look_after();
  });
}

void RoomConnection::cut_after(Clock::duration time) {
  if (gone_) return;
  timer_.expires_after(time);
  timer_.async_wait([self = shared_from_this()](SystemError error) {
    if (!error) self->cut();
  });
}

void RoomConnection::cut() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    if (std::exchange(gone_, true)) return;
    place_.leave();
    SystemError ignored;
    (void)socket_.close(ignored);
    writes_.clear();
  }
  timer_.cancel();
  edits_ = {};
  room_->leave(id_);
}

}  // namespace

Awaitable<void> serve_room(beast::tcp_stream stream, OpenConnections::Place place,
                           beast::http::request<beast::http::empty_body> handshake, RoomTicket ticket,
                           std::shared_ptr<RoomHost> room, Shared& shared) {
  websocket::stream<beast::tcp_stream> socket(std::move(stream));
  OpenConnections::Place left_first(std::move(place));
  beast::get_lowest_layer(socket).expires_after(kHelloTimeMax);
  SystemError failed;
  co_await socket.async_accept(handshake, kNoThrow(failed));
  if (failed) co_return room->leave(ticket.connection);
  beast::get_lowest_layer(socket).expires_never();
  std::make_shared<RoomConnection>(beast::get_lowest_layer(socket).release_socket(), std::move(left_first),
                                   std::move(ticket), std::move(room), shared)
      ->start();
}

}  // namespace talkback::net
