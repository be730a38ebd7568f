// A member's WebSocket: one coroutine reads, one writes, both on the connection's strand.
#include "server/net/room_connection.hpp"

#include <boost/beast/websocket.hpp>
#include <deque>

#include "server/net/limits.hpp"
#include "server/net/rate_limit.hpp"
#include "server/ops/log.hpp"

namespace talkback::net {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr auto kNoThrow = [](SystemError& error) { return asio::redirect_error(asio::use_awaitable, error); };

FrameBytes goodbye(ErrorCode code, const std::string& message) {
  v1::ServerFrame frame;
  frame.mutable_goodbye()->set_code(std::string(to_string(code)));
  frame.mutable_goodbye()->set_message(message);
  return std::make_shared<const std::string>(frame.SerializeAsString());
}

class RoomConnection final : public RoomPeer, public std::enable_shared_from_this<RoomConnection> {
 public:
  RoomConnection(beast::tcp_stream stream, RoomTicket ticket, std::shared_ptr<RoomHost> room, Shared& shared)
      : socket_(std::move(stream)),
        ticket_(std::move(ticket)),
        room_(std::move(room)),
        shared_(shared),
        id_(ticket_.connection),
        wake_(socket_.get_executor()),
        deadline_(socket_.get_executor()),
        frames_({.per_second = kFramesPerSecond, .burst = kFramesBurst}, std::chrono::steady_clock::now()) {}

  Awaitable<void> run(beast::http::request<beast::http::empty_body> handshake);
  void deliver(FrameBytes frame, Kind kind) override;

 private:
  struct Queued {
    FrameBytes bytes;
    Kind kind;
    SteadyTime since;
  };

  Awaitable<void> read_frames();
  Awaitable<void> write_frames();
  // False: the frame was no frame, or one that may not come now.
  bool take_frame(const v1::ClientFrame& frame);
  void take_hello(const v1::Hello& hello);
  void enqueue(FrameBytes frame, Kind kind);
  bool is_too_slow(std::size_t bytes, SteadyTime now) const;
  void say_goodbye(ErrorCode code, const std::string& message);
  void cut_after(std::chrono::steady_clock::duration time);
  void cut();

  websocket::stream<beast::tcp_stream> socket_;
  RoomTicket ticket_;
  std::shared_ptr<RoomHost> room_;
  Shared& shared_;
  const domain::ConnectionId id_;

  std::deque<Queued> queue_;
  std::size_t queued_bytes_ = 0;
  asio::steady_timer wake_;      // the writer sleeps on it while the queue is empty
  asio::steady_timer deadline_;  // for the Hello, later for the end after a Goodbye
  TokenBucket frames_;
  bool joined_ = false;
  bool ending_ = false;  // a Goodbye is queued or the peer is gone
  bool gone_ = false;
};

Awaitable<void> RoomConnection::run(beast::http::request<beast::http::empty_body> handshake) {
  beast::get_lowest_layer(socket_).expires_never();
  socket_.set_option(websocket::stream_base::timeout{
      .handshake_timeout = kHelloTimeMax, .idle_timeout = kIdleTimeMax, .keep_alive_pings = true});
  socket_.read_message_max(kFrameBytesMax);
  socket_.auto_fragment(false);
  SystemError failed;
  co_await socket_.async_accept(handshake, kNoThrow(failed));
  if (failed) co_return room_->leave(id_);
  socket_.binary(true);
  deadline_.expires_after(shared_.settings.hello_time_max);
  deadline_.async_wait([self = shared_from_this()](SystemError error) {
    if (!error && !self->joined_) self->say_goodbye(ErrorCode::invalid, "no Hello came");
  });
  asio::co_spawn(
      socket_.get_executor(), [self = shared_from_this()] { return self->write_frames(); }, asio::detached);
  co_await read_frames();
  gone_ = ending_ = true;
  room_->leave(id_);
  cut();
}

Awaitable<void> RoomConnection::read_frames() {
  beast::flat_buffer buffer;
  asio::steady_timer pause(socket_.get_executor());
  SystemError failed;
  while (!gone_) {
    buffer.clear();
    co_await socket_.async_read(buffer, kNoThrow(failed));
    if (failed) co_return;
    // After a Goodbye the rest of what is on its way is read and dropped, so that the close can arrive.
    if (ending_) continue;
    v1::ClientFrame frame;
    const bool parsed =
        socket_.got_binary() && frame.ParseFromArray(buffer.cdata().data(), static_cast<int>(buffer.size()));
    if (!parsed)
      say_goodbye(ErrorCode::invalid, "the frame is not a ClientFrame");
    else if (shared_.services.clock.now_unix_ms() >= ticket_.token_expires_unix_ms)
      say_goodbye(ErrorCode::denied, "the token has expired: sign in again");
    else if (!take_frame(frame))
      say_goodbye(ErrorCode::invalid, "the first frame, and only the first, is a Hello");
    if (frames_.take(std::chrono::steady_clock::now())) continue;
    pause.expires_after(frames_.wait(std::chrono::steady_clock::now()));
    co_await pause.async_wait(kNoThrow(failed));
  }
}

bool RoomConnection::take_frame(const v1::ClientFrame& frame) {
  if (joined_ == frame.has_hello()) return false;
  switch (frame.frame_case()) {
    case v1::ClientFrame::kHello:
      take_hello(frame.hello());
      return true;
    case v1::ClientFrame::kSubmit:
      room_->submit(id_, frame.submit().edit());
      return true;
    case v1::ClientFrame::kPresence:
      room_->show_presence(id_, frame.presence());
      return true;
    case v1::ClientFrame::kLease:
      room_->ask_for_lease(id_, frame.lease());
      return true;
    // A newer client says something that this server does not know: nothing is lost by not hearing it.
    case v1::ClientFrame::FRAME_NOT_SET:
      return true;
  }
  return true;
}

void RoomConnection::take_hello(const v1::Hello& hello) {
  joined_ = true;
  deadline_.cancel();
  ops::log_info("joined", {{"project", ticket_.project},
                           {"user", ticket_.participant.user},
                           {"client", hello.client().substr(0, 100)},
                           {"connection", std::to_string(id_)}});
  room_->join(id_, shared_from_this(), ticket_.participant, ticket_.token, hello);
}

void RoomConnection::deliver(FrameBytes frame, Kind kind) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), frame = std::move(frame), kind]() mutable {
    self->enqueue(std::move(frame), kind);
  });
}

void RoomConnection::enqueue(FrameBytes frame, Kind kind) {
  if (ending_) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (kind == Kind::ordinary && is_too_slow(frame->size(), now)) {
    ops::log_warning("a slow reader was disconnected",
                     {{"user", ticket_.participant.user}, {"queued_bytes", std::to_string(queued_bytes_)}});
    // The frame being written stays; the rest is caught up by revision after the next Hello.
    if (queue_.size() > 1) queue_.erase(queue_.begin() + 1, queue_.end());
    return say_goodbye(ErrorCode::unavailable, "your connection is too slow for this room: connect again to catch up");
  }
  if (kind == Kind::goodbye) {
    ending_ = true;
    cut_after(kGoodbyeTimeMax);
  }
  if (kind == Kind::ordinary) queued_bytes_ += frame->size();
  queue_.push_back({.bytes = std::move(frame), .kind = kind, .since = now});
  wake_.cancel();
}

bool RoomConnection::is_too_slow(std::size_t bytes, SteadyTime now) const {
  if (queued_bytes_ + bytes > shared_.settings.write_queue_bytes_max) return true;
  return !queue_.empty() && queue_.front().kind == Kind::ordinary && now - queue_.front().since > kWriteQueueAgeMax;
}

void RoomConnection::say_goodbye(ErrorCode code, const std::string& message) {
  enqueue(goodbye(code, message), Kind::goodbye);
}

Awaitable<void> RoomConnection::write_frames() {
  SystemError failed;
  while (!gone_) {
    if (queue_.empty()) {
      wake_.expires_at(SteadyTime::max());
      co_await wake_.async_wait(kNoThrow(failed));
      continue;
    }
    // Stays in the queue while it is written: the queue's front is what the peer is slow about.
    const Queued next = queue_.front();
    co_await socket_.async_write(asio::buffer(*next.bytes), kNoThrow(failed));
    if (failed || gone_) break;
    if (next.kind == Kind::ordinary) queued_bytes_ -= next.bytes->size();
    queue_.pop_front();
    if (next.kind != Kind::goodbye) continue;
    co_await socket_.async_close(websocket::close_code::normal, kNoThrow(failed));
    co_return;
  }
  cut();
}

void RoomConnection::cut_after(std::chrono::steady_clock::duration time) {
  deadline_.expires_after(time);
  deadline_.async_wait([self = shared_from_this()](SystemError error) {
    if (!error) self->cut();
  });
}

void RoomConnection::cut() {
  gone_ = ending_ = true;
  deadline_.cancel();
  wake_.cancel();
  beast::get_lowest_layer(socket_).close();
}

}  // namespace

Awaitable<void> serve_room(beast::tcp_stream stream, beast::http::request<beast::http::empty_body> handshake,
                           RoomTicket ticket, std::shared_ptr<RoomHost> room, Shared& shared) {
  const auto connection =
      std::make_shared<RoomConnection>(std::move(stream), std::move(ticket), std::move(room), shared);
  ++shared.room_connections;
  co_await connection->run(std::move(handshake));
  --shared.room_connections;
}

}  // namespace talkback::net
