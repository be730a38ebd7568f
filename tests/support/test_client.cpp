#include "tests/support/test_client.hpp"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <utility>
// Boost.Asio 1.81 wants it first.
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include "engine/session/apply.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/protocol_version.hpp"
#include "engine/session/state.hpp"

namespace talkback::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using Tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr auto kPatience = std::chrono::seconds(10);

Tcp::endpoint endpoint(unsigned short port) { return {asio::ip::address_v4::loopback(), port}; }

// Runs the context until the operation has called back.
struct Waiter {
  asio::io_context& io;
  error_code result = asio::error::would_block;
  auto handler() {
    return [this](error_code error, auto...) { result = error; };
  }
  error_code wait() {
    io.restart();
    while (result == asio::error::would_block && io.run_one() > 0) continue;
    return result;
  }
};

}  // namespace

void parse_reply(const Reply& reply, google::protobuf::Message& message) {
  const auto status = google::protobuf::util::JsonStringToMessage(reply.body, &message);
  EXPECT_TRUE(status.ok()) << reply.status << " " << reply.body;
}

std::string json_of(const google::protobuf::Message& message) {
  std::string text;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &text).ok());
  return text;
}

struct HttpClient::Inside {
  asio::io_context io;
  unsigned short port = 0;
  std::string token;
  std::optional<beast::tcp_stream> stream;
  beast::flat_buffer buffer;

  bool connect() {
    stream.emplace(io);
    buffer.clear();
    stream->expires_after(kPatience);
    Waiter waiter{io};
    stream->async_connect(endpoint(port), waiter.handler());
    return !waiter.wait();
  }

  std::optional<Reply> exchange(http::request<http::string_body>& request) {
    stream->expires_after(kPatience);
    Waiter written{io};
    http::async_write(*stream, request, written.handler());
    (void)written.wait();  // the server may answer before it has read all
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    parser.skip(request.method() == http::verb::head);
    Waiter read{io};
    http::async_read(*stream, buffer, parser, read.handler());
    if (read.wait()) return std::nullopt;
    Reply reply;
    const auto& message = parser.get();
    reply.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      std::string name(field.name_string());
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      reply.headers[name] = std::string(field.value());
    }
    reply.body = message.body();
    if (!message.keep_alive()) stream.reset();
    return reply;
  }
};

HttpClient::HttpClient(unsigned short port, std::string token) : inside_(std::make_unique<Inside>()) {
  inside_->port = port;
  inside_->token = std::move(token);
}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

Reply HttpClient::send(const std::string& method, const std::string& target, const std::string& body,
                       const Headers& headers) {
  http::request<http::string_body> request;
  request.method_string(method);
  request.target(target);
  request.version(11);
  request.set(http::field::host, "localhost");
  if (!inside_->token.empty()) request.set(http::field::authorization, "Bearer " + inside_->token);
  for (const auto& [name, value] : headers) request.set(name, value);
  request.body() = body;
  request.prepare_payload();
  if (!inside_->stream && !inside_->connect()) return {};
  auto reply = inside_->exchange(request);
  if (!reply) inside_->stream.reset();
  return reply.value_or(Reply{});
}

std::string exchange_raw(unsigned short port, const std::string& bytes, std::chrono::milliseconds silence,
                         std::string more) {
  asio::io_context io;
  beast::tcp_stream stream(io);
  Waiter connected{io};
  stream.async_connect(endpoint(port), connected.handler());
  if (connected.wait()) return "";
  Waiter written{io};
  asio::async_write(stream, asio::buffer(bytes), written.handler());
  (void)written.wait();
  std::string answer;
  std::array<char, 4096> chunk{};
  for (;;) {
    stream.expires_after(silence);
    std::size_t got = 0;
    Waiter read{io};
    stream.async_read_some(asio::buffer(chunk), [&](error_code error, std::size_t count) {
      got = count;
      read.result = error;
    });
    if (read.wait()) return answer;
    answer.append(chunk.data(), got);
    if (more.empty()) continue;
    Waiter continued{io};
    asio::async_write(stream, asio::buffer(more), continued.handler());
    (void)continued.wait();
    more.clear();
  }
}

struct RoomClient::Inside {
  asio::io_context io;
  websocket::stream<beast::tcp_stream> socket{io};
  beast::flat_buffer buffer;
};

RoomClient::RoomClient(unsigned short port, const std::string& token, const std::string& project,
                       const Headers& headers)
    : inside_(std::make_unique<Inside>()) {
  auto& socket = inside_->socket;
  auto& stream = beast::get_lowest_layer(socket);
  stream.expires_after(kPatience);
  Waiter connected{inside_->io};
  stream.async_connect(endpoint(port), connected.handler());
  if (connected.wait()) throw std::runtime_error("no connection");
  stream.socket().set_option(Tcp::no_delay(true));
  socket.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
    request.set(http::field::authorization, "Bearer " + token);
    for (const auto& [name, value] : headers) request.set(name, value);
  }));
  socket.read_message_max(64 * 1024 * 1024);
  websocket::response_type response;
  Waiter shaken{inside_->io};
  socket.async_handshake(response, "localhost", "/v1/projects/" + project + "/room", shaken.handler());
  if (shaken.wait()) throw std::runtime_error(std::to_string(response.result_int()));
  socket.binary(true);
}
RoomClient::~RoomClient() = default;
RoomClient::RoomClient(RoomClient&&) noexcept = default;

void RoomClient::send(const v1::ClientFrame& frame) { send_bytes(frame.SerializeAsString()); }

void RoomClient::send_bytes(const std::string& bytes) {
  beast::get_lowest_layer(inside_->socket).expires_after(kPatience);
  Waiter written{inside_->io};
  inside_->socket.async_write(asio::buffer(bytes), written.handler());
  (void)written.wait();
}

std::optional<v1::ServerFrame> RoomClient::read() {
  beast::get_lowest_layer(inside_->socket).expires_after(kPatience);
  inside_->buffer.clear();
  Waiter read{inside_->io};
  inside_->socket.async_read(inside_->buffer, read.handler());
  if (read.wait()) return std::nullopt;
  v1::ServerFrame frame;
  const auto data = inside_->buffer.cdata();
  EXPECT_TRUE(frame.ParseFromArray(data.data(), static_cast<int>(data.size())));
  take_in(frame);
  return frame;
}

void RoomClient::hello(std::uint64_t since, const std::string& digest) {
  v1::ClientFrame frame;
  frame.mutable_hello()->set_protocol_version(session::kProtocolVersion);
  frame.mutable_hello()->set_client("test client");
  frame.mutable_hello()->set_since_revision(since);
  frame.mutable_hello()->set_since_digest(digest);
  send(frame);
}

void RoomClient::submit(const v1::Edit& edit) {
  v1::ClientFrame frame;
  *frame.mutable_submit()->mutable_edit() = edit;
  send(frame);
}

std::optional<v1::ServerFrame> RoomClient::read_until(v1::ServerFrame::FrameCase kind) {
  while (auto frame = read())
    if (frame->frame_case() == kind) return frame;
  return std::nullopt;
}

bool RoomClient::read_to(std::uint64_t revision) {
  while (revision_ < revision)
    if (!read()) return false;
  return true;
}

void RoomClient::take_in(const v1::ServerFrame& frame) {
  if (frame.has_snapshot()) {
    for (const v1::Object& object : frame.snapshot().objects()) *snapshot_.add_objects() = object;
    if (!frame.snapshot().last()) return;
    snapshot_.set_digest(frame.snapshot().digest());
    auto restored = session::from_state(snapshot_);
    ASSERT_TRUE(restored) << restored.error().message;
    replica_ = *std::move(restored);
    revision_ = frame.snapshot().revision();
    snapshot_.Clear();
  }
  for (const v1::CommittedEdit& committed : frame.committed().edits()) {
    if (committed.revision() <= revision_) continue;  // an old edit, answered again
    ASSERT_EQ(committed.revision(), revision_ + 1);
    const auto applied = session::apply(replica_, committed.edit());
    ASSERT_TRUE(applied) << applied.error().message;
    revision_ = committed.revision();
  }
}

std::string RoomClient::digest() const { return to_hex(session::digest(replica_)); }

}  // namespace talkback::test
