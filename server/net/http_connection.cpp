// HTTP/1.1 by Beast: reads a request, has it answered on a worker thread, writes the answer.
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "server/net/error_mapping.hpp"
#include "server/net/handlers.hpp"
#include "server/net/limits.hpp"
#include "server/net/room_connection.hpp"
#include "server/net/sized_body.hpp"
#include "server/ops/log.hpp"

namespace talkback::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr auto kNoThrow = [](SystemError& error) { return asio::redirect_error(asio::use_awaitable, error); };

// More than Beast asks for at a time it does not read.
constexpr std::size_t kUploadReadBytes = 64 * 1024;

using HeaderParser = http::request_parser<http::empty_body>;

class HttpConnection {
 public:
  HttpConnection(Tcp::socket socket, OpenConnections::Place place, Shared& shared)
      : stream_(std::move(socket)), shared_(shared), place_(std::move(place)) {
    SystemError ignored;
    // Small answers must not wait for the acknowledgement of the one before.
    (void)stream_.socket().set_option(Tcp::no_delay(true), ignored);
    const auto remote = stream_.socket().remote_endpoint(ignored);
    remote_address_ = ignored ? "unknown" : remote.address().to_string();
  }

  Awaitable<void> run() {
    while (co_await serve_request()) continue;
    SystemError ignored;
    (void)stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
  }

 private:
  // An upload's bytes on their way, and what is to be answered. Its functions block. [worker-thread]
  struct Intake {
    const Route& route;
    Request& request;
    std::unique_ptr<domain::UploadWriter> writer;
    bool is_whole = false;
    HttpResponse answer;

    // Finds the writer; false where the answer is a refusal.
    bool open();
    // What arrived is kept, also when the connection broke in the middle or a later byte was refused.
    void finish(const Result<void>& written);
  };

  // False when the connection is to end.
  Awaitable<bool> serve_request();
  Awaitable<bool> answer_request(HeaderParser& parser, HttpRequest& request);
  Awaitable<bool> serve_upload(HeaderParser& parser, const Route& route, Request& request);
  Awaitable<void> receive_sized(Intake& intake);
  Awaitable<void> receive_chunked(HeaderParser& parser, Intake& intake);
  Awaitable<bool> serve_room_request(HeaderParser& parser, const Route& route, Request& request);
  Awaitable<Result<void>> read_body(HeaderParser& parser, std::size_t bytes_max, std::string& body);
  Awaitable<HttpResponse> run_handler(const Route& route, Request& request);
  Awaitable<void> send_continue(const HeaderParser& parser);
  Awaitable<bool> write(HttpResponse response, bool keep_alive, unsigned version);
  Awaitable<bool> write_blob(const HttpResponse& response);

  void read_headers(const HeaderParser& parser, HttpRequest& request) const;

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  Shared& shared_;
  OpenConnections::Place place_;  // after the socket: left before it is closed
  std::string remote_address_;
  bool is_head_ = false;
  bool was_served_ = false;
};

std::optional<Method> method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::get;
    case http::verb::head:
      return Method::head;
    case http::verb::post:
      return Method::post;
    case http::verb::put:
      return Method::put;
    case http::verb::patch:
      return Method::patch;
    case http::verb::delete_:
      return Method::remove;
    default:
      return std::nullopt;
  }
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

void HttpConnection::read_headers(const HeaderParser& parser, HttpRequest& request) const {
  const auto& header = parser.get();
  request.authorization = std::string(view(header[http::field::authorization]));
  request.range = std::string(view(header[http::field::range]));
  request.if_none_match = std::string(view(header[http::field::if_none_match]));
  request.upload_offset = std::string(view(header["Upload-Offset"]));
  request.origin = std::string(view(header[http::field::origin]));
  request.host = std::string(view(header[http::field::host]));
  request.remote_address = remote_address_;
  if (!shared_.settings.behind_proxy) return;
  // The proxy appends; what stands before its own entry anybody may have written.
  std::string_view forwarded = view(header["X-Forwarded-For"]);
  forwarded.remove_prefix(forwarded.find_last_of(", ") + 1);
  if (!forwarded.empty()) request.remote_address = std::string(forwarded);
}

Awaitable<bool> HttpConnection::serve_request() {
  HeaderParser parser;
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(boost::none);  // every route has its own limit
  SystemError failed;
  if (!place_.rest()) co_return false;
  stream_.expires_after(was_served_ ? kKeepAliveTimeMax : kHeaderTimeMax);
  co_await http::async_read_header(stream_, buffer_, parser, kNoThrow(failed));
  place_.wake();
  if (failed == http::error::end_of_stream || failed == beast::error::timeout) co_return false;
  const bool is_http_error = failed.category() == make_error_code(http::error::bad_value).category();
  if (failed && !is_http_error) co_return false;
  was_served_ = true;
  if (failed == http::error::header_limit)
    co_return co_await write(error_response(431, ErrorCode::invalid, "the header is too long"), false, 11);
  if (failed == http::error::body_limit || failed == http::error::bad_content_length)
    co_return co_await write(error_response(400, ErrorCode::invalid, "the content length is not a length"), false, 11);
  if (failed) co_return co_await write(error_response(400, ErrorCode::invalid, "this is not HTTP/1.1"), false, 11);

  HttpRequest request;
  read_headers(parser, request);
  const bool is_current = parser.get().version() >= 11;
  const bool has_one_host = parser.get().count(http::field::host) == 1;
  if (is_current && !has_one_host)
    co_return co_await write(error_response(400, ErrorCode::invalid, "a request names its host once"), false, 11);
  // A proxy in front may read one of the two and we the other: RFC 9112 section 6.1.
  if (parser.chunked() && parser.get().count(http::field::content_length) > 0)
    co_return co_await write(error_response(400, ErrorCode::invalid, "the body has two lengths"), false, 11);
  const auto method = method_of(parser.get().method());
  if (!method) co_return co_await write(error_response(405, ErrorCode::invalid, "unknown method"), false, 11);
  if (!parse_target(view(parser.get().target()), request))
    co_return co_await write(error_response(400, ErrorCode::invalid, "the path is badly written"), false, 11);
  request.method = *method;
  is_head_ = *method == Method::head;
  co_return co_await answer_request(parser, request);
}

Awaitable<bool> HttpConnection::answer_request(HeaderParser& parser, HttpRequest& request) {
  const bool keep_alive = parser.get().keep_alive();
  const unsigned version = parser.get().version();
  // The body that nobody reads would be taken for the next request.
  const bool has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
  if (!parser.chunked()) request.body_bytes = static_cast<std::int64_t>(parser.content_length().value_or(0));
  RouteMatch match = find_route(request.method, request.path);
  if (match.route == nullptr) {
    const HttpResponse response = match.other_method
                                      ? error_response(405, ErrorCode::invalid, "this path has other methods")
                                      : error_response(404, ErrorCode::not_found, "there is no such path");
    co_return co_await write(response, keep_alive && !has_body, version);
  }
  Request context{.http = request,
                  .services = shared_.services,
                  .rooms = shared_.rooms,
                  .sign_ins = shared_.sign_ins,
                  .names = std::move(match.names),
                  .caller = std::nullopt,
                  .project = std::nullopt};
  const Route& route = *match.route;
  if (route.body == Body::upload) co_return co_await serve_upload(parser, route, context);
  if (route.body == Body::room) co_return co_await serve_room_request(parser, route, context);

  if (has_body) {
    const auto read = co_await read_body(parser, kJsonBodyBytesMax, request.body);
    if (!read && read.error().code == ErrorCode::exhausted)
      co_return co_await write(error_response(413, ErrorCode::exhausted, read.error().message), false, version);
    if (!read && read.error().code == ErrorCode::invalid)
      co_return co_await write(error_response(read.error()), false, version);
    if (!read) co_return false;
  }
  HttpResponse response = co_await run_handler(route, context);
  co_return co_await write(std::move(response), keep_alive, version);
}

Awaitable<void> HttpConnection::send_continue(const HeaderParser& parser) {
  if (!beast::iequals(parser.get()[http::field::expect], "100-continue")) co_return;
  http::response<http::empty_body> response{http::status::continue_, 11};
  SystemError ignored;
  co_await http::async_write(stream_, response, kNoThrow(ignored));
}

// exhausted: longer than allowed; invalid: badly framed; unavailable: the peer is gone.
Awaitable<Result<void>> HttpConnection::read_body(HeaderParser& parser, std::size_t bytes_max, std::string& body) {
  const Error too_long{ErrorCode::exhausted, "the body is longer than " + std::to_string(bytes_max) + " bytes"};
  if (parser.content_length().value_or(0) > bytes_max) co_return too_long;
  co_await send_continue(parser);
  http::request_parser<http::string_body> whole(std::move(parser));
  whole.body_limit(bytes_max);
  SystemError failed;
  stream_.expires_after(kTransferTimeMax);
  co_await http::async_read(stream_, buffer_, whole, kNoThrow(failed));
  if (failed == http::error::body_limit) co_return too_long;
  if (failed && failed.category() == make_error_code(http::error::bad_value).category() &&
      failed != http::error::end_of_stream && failed != http::error::partial_message)
    co_return Error{ErrorCode::invalid, "the body is badly framed"};
  if (failed) co_return Error{ErrorCode::unavailable, "the connection ended"};
  body = std::move(whole.get().body());
  co_return Result<void>();
}

Awaitable<HttpResponse> HttpConnection::run_handler(const Route& route, Request& request) {
  const auto work = [&] { return net::answer(route, request); };
  const bool hashes = route.action == domain::Action::sign_in || route.action == domain::Action::add_user ||
                      route.action == domain::Action::change_own_password;
  if (!hashes) co_return co_await run_on(shared_.work, work);
  if (shared_.passwords_waiting >= kPasswordsWaitingMax)
    co_return error_response(503, ErrorCode::unavailable, "too many people are signing in: try again in a moment");
  ++shared_.passwords_waiting;
  HttpResponse response = co_await run_on(shared_.passwords, work);
  --shared_.passwords_waiting;
  co_return response;
}

Awaitable<bool> HttpConnection::serve_upload(HeaderParser& parser, const Route& route, Request& request) {
  const bool keep_alive = parser.get().keep_alive();
  const unsigned version = parser.get().version();
  // Refused before the body: the client may be sending a gigabyte.
  if (parser.content_length().value_or(0) > kUploadBodyBytesMax)
    co_return co_await write(error_response(413, ErrorCode::exhausted, "send at most 1 GiB at a time"), false, version);
  Intake intake{.route = route, .request = request, .writer = nullptr, .is_whole = false, .answer = {}};
  const bool asks_first = beast::iequals(parser.get()[http::field::expect], "100-continue");
  // Otherwise the first of the body is taken in the same breath.
  if (asks_first || parser.chunked()) {
    if (!co_await run_on(shared_.work, [&] { return intake.open(); }))
      co_return co_await write(std::move(intake.answer), false, version);
    co_await send_continue(parser);
  }
  if (parser.chunked())
    co_await receive_chunked(parser, intake);
  else
    co_await receive_sized(intake);
  co_return co_await write(std::move(intake.answer), keep_alive && intake.is_whole, version);
}

bool HttpConnection::Intake::open() {
  const auto begin = [&]() -> Result<std::unique_ptr<domain::UploadWriter>> {
    TALKBACK_TRY(authorise(route, request));
    return open_upload(request);
  };
  auto opened = begin();
  if (opened)
    writer = *std::move(opened);
  else
    answer = upload_refusal(request, opened.error());
  return writer != nullptr;
}

void HttpConnection::Intake::finish(const Result<void>& written) {
  const auto finished = writer->finish();
  if (finished && finished->complete) announce_completed_versions(request);
  if (!written)
    answer = refusal(request, written.error());
  else
    answer = finished ? upload_response(*finished) : refusal(request, finished.error());
}

// On a fast line one worker does it all, from the look at the token to the answer: a change of threads costs as much
// as hashing some ten kilobytes.
Awaitable<void> HttpConnection::receive_sized(Intake& intake) {
  SizedBody body(stream_.socket().native_handle(), intake.request.http.body_bytes.value());
  const auto take = [&]() -> Result<SizedBody::State> {
    const auto read = buffer_.data();
    const std::span bytes(static_cast<const std::byte*>(read.data()), read.size());
    const auto ours = bytes.first(static_cast<std::size_t>(std::min(body.rest_bytes(), std::ssize(bytes))));
    TALKBACK_TRY(body.take(ours, *intake.writer));
    buffer_.consume(ours.size());
    return body.take(*intake.writer);
  };
  bool is_late = false;
  // True where more is to come.
  const auto step = [&]() -> bool {
    if (!intake.writer && !intake.open()) return false;
    const std::int64_t rest_before = body.rest_bytes();
    const auto state = take();
    const bool has_come = body.rest_bytes() < rest_before;
    if (state && *state == SizedBody::State::waits && (has_come || !is_late)) return true;
    intake.is_whole = state && *state == SizedBody::State::whole;
    intake.finish(state ? Result<void>() : Result<void>(state.error()));
    return false;
  };
  asio::steady_timer timer(stream_.get_executor());
  while (co_await run_on(shared_.work, step)) {
    body.wait_for_pieces();
    SystemError failed;
    SystemError on_time;
    timer.expires_after(kTransferTimeMax);
    co_await (stream_.socket().async_wait(Tcp::socket::wait_read, kNoThrow(failed)) ||
              timer.async_wait(kNoThrow(on_time)));
    is_late = !on_time;
  }
}

// Their length is known at the end only, and the chunks are Beast's to find.
Awaitable<void> HttpConnection::receive_chunked(HeaderParser& parser, Intake& intake) {
  http::request_parser<http::buffer_body> body(std::move(parser));
  body.body_limit(kUploadBodyBytesMax);
  // Beast reads as much at a time as the buffer holds; at first that is half a kilobyte.
  buffer_.reserve(kUploadReadBytes);
  std::vector<std::byte> chunk(kTransferChunkBytes);
  Result<void> written;
  SystemError failed;
  while (written && !failed && !body.is_done()) {
    body.get().body().data = chunk.data();
    body.get().body().size = chunk.size();
    stream_.expires_after(kTransferTimeMax);
    co_await http::async_read(stream_, buffer_, body, kNoThrow(failed));
    if (failed == http::error::need_buffer) failed = {};
    const std::span got = std::span(chunk).first(chunk.size() - body.get().body().size);
    written = co_await run_on(shared_.work, [&] { return intake.writer->write(got); });
  }
  stream_.expires_never();
  buffer_.shrink_to_fit();
  intake.is_whole = written && !failed;
  co_await run_on(shared_.work, [&] {
    intake.finish(written);
    return true;
  });
  if (failed == http::error::body_limit)
    intake.answer = error_response(413, ErrorCode::exhausted, "send at most 1 GiB at a time");
}

bool is_origin_allowed(const HttpRequest& request, const NetSettings& settings) {
  // Programs send none; browsers always do, so that a page of a stranger cannot use the member's browser.
  if (request.origin.empty()) return true;
  if (request.origin == "http://" + request.host || request.origin == "https://" + request.host) return true;
  const auto& allowed = settings.allowed_origins;
  return std::find(allowed.begin(), allowed.end(), request.origin) != allowed.end();
}

Awaitable<bool> HttpConnection::serve_room_request(HeaderParser& parser, const Route& route, Request& request) {
  const unsigned version = parser.get().version();
  if (!beast::websocket::is_upgrade(parser.get())) {
    HttpResponse response = error_response(426, ErrorCode::invalid, "the room is a WebSocket");
    response.headers.emplace_back("Upgrade", "websocket");
    co_return co_await write(std::move(response), false, version);
  }
  // RFC 6455 section 4.1: no frame before the handshake is answered. They would be lost with this buffer.
  if (buffer_.size() > 0)
    co_return co_await write(error_response(400, ErrorCode::invalid, "frames came before the handshake was answered"),
                             false, version);
  if (!is_origin_allowed(request.http, shared_.settings))
    co_return co_await write(error_response(403, ErrorCode::denied, "pages of this origin may not connect"), false,
                             version);
  const domain::ConnectionId connection = shared_.rooms.next_connection();
  auto room = co_await run_on(shared_.work, [&]() -> Result<std::shared_ptr<RoomHost>> {
    TALKBACK_TRY(authorise(route, request));
    TALKBACK_ASSIGN(const domain::Branch branch, branch_of(request));
    TALKBACK_ASSIGN(std::shared_ptr<RoomHost> opened, shared_.rooms.open(branch));
    // What changes after this is heard by the room, what changed before is read here once more: nobody sits down with
    // a role or a token that was taken from them between the handshake and the Hello.
    opened->expect(connection, request.caller->user.id, request.caller->user.name, request.caller->token);
    if (auto allowed = authorise(route, request); !allowed) {
      opened->leave(connection);
      return allowed.error();
    }
    return opened;
  });
  if (!room) co_return co_await write(refusal(request, room.error()), false, version);
  const domain::Caller& caller = *request.caller;
  RoomTicket ticket{.connection = connection,
                    .project = request.project->id,
                    .participant = {.id = caller.user.id, .user = caller.user.name, .role = request.project->my_role},
                    .token = caller.token,
                    .token_expires_unix_ms = caller.token_expires_unix_ms};
  co_await serve_room(std::move(stream_), std::move(place_), parser.release(), std::move(ticket), *room, shared_);
  co_return false;
}

Awaitable<bool> HttpConnection::write(HttpResponse response, bool keep_alive, unsigned version) {
  keep_alive = keep_alive && !shared_.connections.is_ending();
  http::response<http::string_body> message(http::int_to_status(static_cast<unsigned>(response.status)), version);
  message.result(static_cast<unsigned>(response.status));
  message.set(http::field::server, "talkback");
  message.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) message.set(name, value);
  if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
  message.keep_alive(keep_alive);
  const bool has_no_body = response.status == 204 || response.status == 304;
  if (response.blob)
    message.content_length(static_cast<std::uint64_t>(response.count));
  else if (!has_no_body)
    message.content_length(response.body.size());
  if (!response.blob && !is_head_) message.body() = std::move(response.body);

  http::response_serializer<http::string_body> serializer(message);
  SystemError failed;
  stream_.expires_after(kTransferTimeMax);
  if (response.blob || is_head_)
    co_await http::async_write_header(stream_, serializer, kNoThrow(failed));
  else
    co_await http::async_write(stream_, serializer, kNoThrow(failed));
  if (failed) co_return false;
  if (response.blob && !is_head_ && !co_await write_blob(response)) co_return false;
  co_return keep_alive;
}

// A worker lets the system copy from the file into the socket, as much as this takes; only the waiting is done here.
Awaitable<bool> HttpConnection::write_blob(const HttpResponse& response) {
  Tcp::socket& socket = stream_.socket();
  SystemError failed;
  socket.native_non_blocking(true, failed);
  std::int64_t at = response.first;
  const std::int64_t end = response.first + response.count;
  asio::steady_timer timer(stream_.get_executor());
  while (at < end && !failed) {
    // Others want the worker too.
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(end - at, kSendBytesMax));
    const auto send = [&] { return response.blob->send(at, wanted, socket.native_handle()); };
    const auto sent = co_await run_on(shared_.work, send);
    // The length is promised already: all that is left is to end the connection.
    if (!sent) {
      if (sent.error().code == ErrorCode::corrupt) ops::log_error(sent.error().message);
      co_return false;
    }
    at += static_cast<std::int64_t>(*sent);
    if (*sent == wanted) continue;
    SystemError on_time;
    timer.expires_after(kTransferTimeMax);
    co_await (socket.async_wait(Tcp::socket::wait_write, kNoThrow(failed)) || timer.async_wait(kNoThrow(on_time)));
    if (!on_time) co_return false;
  }
  co_return !failed;
}

}  // namespace

Awaitable<void> serve_connection(Tcp::socket socket, OpenConnections::Place place, Shared& shared) {
  HttpConnection connection(std::move(socket), std::move(place), shared);
  co_await connection.run();
}

}  // namespace talkback::net
