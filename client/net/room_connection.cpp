#include "client/net/room_connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "client/net/http.hpp"
#include "client/net/refusal.hpp"

namespace talkback::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::chrono::seconds kHandshakeMax{10};
// The server pings; silence longer than this means the link is gone.
constexpr std::chrono::seconds kIdleMax{45};
constexpr std::size_t kFrameBytesMax = 64 * 1024 * 1024;

using PlainSocket = websocket::stream<beast::tcp_stream>;
using SecureSocket = websocket::stream<beast::ssl_stream<beast::tcp_stream>>;

Error unreachable(const ServerUrl& server, const error_code& why) {
  return Error{ErrorCode::unavailable, "cannot reach " + server.text() + ": " + why.message()};
}

template <class Socket>
class Connection final : public RoomConnection {
 public:
  template <class... Arguments>
  explicit Connection(ServerUrl server, Arguments&... arguments)
      : server_(std::move(server)), socket_(context_, arguments...) {}

  ~Connection() override {
    asio::post(context_, [this] {
      error_code ignored;
      beast::get_lowest_layer(socket_).socket().shutdown(tcp::socket::shutdown_both, ignored);
      beast::get_lowest_layer(socket_).close();
      // Beast's idle timer would keep the context running until it fires.
      context_.stop();
    });
    work_.reset();
    if (thread_.joinable()) thread_.join();
  }

  Result<void> open(const std::string& token, const BranchName& branch) {
    error_code failed;
    auto& lowest = beast::get_lowest_layer(socket_);
    tcp::resolver resolver(context_);
    const auto places = resolver.resolve(server_.host, std::to_string(server_.port), failed);
    if (failed) return unreachable(server_, failed);
    // With a time limit only the asynchronous calls can be bounded; they run right here.
    const auto run = [&](auto start) {
      lowest.expires_after(kHandshakeMax);
      failed = asio::error::operation_aborted;
      start([&](const error_code& result, auto&&...) { failed = result; });
      context_.restart();
      context_.run();
      return !failed;
    };
    if (!run([&](auto done) { lowest.async_connect(places, done); })) return unreachable(server_, failed);
    lowest.socket().set_option(tcp::no_delay(true), failed);
    if constexpr (std::is_same_v<Socket, SecureSocket>) {
      SSL_set_tlsext_host_name(socket_.next_layer().native_handle(), server_.host.c_str());
      socket_.next_layer().set_verify_callback(asio::ssl::host_name_verification(server_.host));
      if (!run([&](auto done) { socket_.next_layer().async_handshake(asio::ssl::stream_base::client, done); }))
        return unreachable(server_, failed);
    }
    websocket::response_type response;
    socket_.set_option(websocket::stream_base::decorator(
        [&](websocket::request_type& request) { request.set(beast::http::field::authorization, "Bearer " + token); }));
    const std::string host = server_.host + ":" + std::to_string(server_.port);
    const std::string path = project_path(branch.project, "/room?branch=" + escape(branch.branch));
    if (!run([&](auto done) { socket_.async_handshake(response, host, path, done); })) {
      const unsigned status = response.result_int();
      if (status == 401 && is_link_secret(token))
        return Error{ErrorCode::denied, "the link opens nothing any more: ask for a new one"};
      if (status == 401) return Error{ErrorCode::denied, "you are not signed in any more; run talkback login"};
      if (status == 403) return refusal_of(403, response.body());
      if (status == 404) return Error{ErrorCode::not_found, "there is no such project, or you are not a member"};
      return unreachable(server_, failed);
    }
    lowest.expires_never();
    socket_.set_option(websocket::stream_base::timeout{kHandshakeMax, kIdleMax, true});
    socket_.binary(true);
    socket_.read_message_max(kFrameBytesMax);
    context_.restart();
    work_.emplace(context_.get_executor());
    read();
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  void send(const v1::ClientFrame& frame) override {
    asio::post(context_, [this, bytes = frame.SerializeAsString()]() mutable {
      outgoing_.push_back(std::move(bytes));
      if (outgoing_.size() == 1) write();
    });
  }

  Result<std::optional<v1::ServerFrame>> next(std::chrono::milliseconds wait) override {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, wait, [&] { return !incoming_.empty() || ended_.has_value(); });
    if (!incoming_.empty()) {
      v1::ServerFrame frame = std::move(incoming_.front());
      incoming_.pop_front();
      return std::optional(std::move(frame));
    }
    if (ended_) return *ended_;
    return std::optional<v1::ServerFrame>();
  }

 private:
  void write() {
    socket_.async_write(asio::buffer(outgoing_.front()), [this](const error_code& failed, std::size_t) {
      if (failed) return end(unreachable(server_, failed));
      outgoing_.pop_front();
      if (!outgoing_.empty()) write();
    });
  }

  void read() {
    socket_.async_read(buffer_, [this](const error_code& failed, std::size_t) {
      if (failed) return end(unreachable(server_, failed));
      v1::ServerFrame frame;
      const auto bytes = buffer_.data();
      if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return end(Error{ErrorCode::corrupt, "the server sent a frame that cannot be read; please update Talkback"});
      buffer_.consume(buffer_.size());
      {
        const std::lock_guard lock(mutex_);
        incoming_.push_back(std::move(frame));
      }
      arrived_.notify_all();
      read();
    });
  }

  void end(Error why) {
    {
      const std::lock_guard lock(mutex_);
      if (!ended_) ended_ = std::move(why);
    }
    arrived_.notify_all();
  }

  const ServerUrl server_;
  asio::io_context context_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  Socket socket_;
  beast::flat_buffer buffer_;
  std::deque<std::string> outgoing_;  // network thread only
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<v1::ServerFrame> incoming_;  // guarded by mutex_
  std::optional<Error> ended_;            // guarded by mutex_
  std::thread thread_;
};

// Keeps the TLS settings alive as long as the connection that uses them.
class SecureConnection final : public RoomConnection {
 public:
  static Result<std::unique_ptr<RoomConnection>> open(const ServerUrl& server, const std::string& token,
                                                      const BranchName& branch) {
    auto connection = std::make_unique<SecureConnection>();
    error_code failed;
    connection->tls_.set_default_verify_paths(failed);
    connection->tls_.set_verify_mode(asio::ssl::verify_peer, failed);
    connection->inner_ = std::make_unique<Connection<SecureSocket>>(server, connection->tls_);
    TALKBACK_TRY(connection->inner_->open(token, branch));
    return std::unique_ptr<RoomConnection>(std::move(connection));
  }

  void send(const v1::ClientFrame& frame) override { inner_->send(frame); }
  Result<std::optional<v1::ServerFrame>> next(std::chrono::milliseconds wait) override { return inner_->next(wait); }

 private:
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  std::unique_ptr<Connection<SecureSocket>> inner_;
};

}  // namespace

Result<std::unique_ptr<RoomConnection>> RoomConnection::open(const ServerUrl& server, const std::string& token,
                                                             const BranchName& branch) {
  if (server.secure) return SecureConnection::open(server, token, branch);
  auto connection = std::make_unique<Connection<PlainSocket>>(server);
  TALKBACK_TRY(connection->open(token, branch));
  return std::unique_ptr<RoomConnection>(std::move(connection));
}

}  // namespace talkback::net
