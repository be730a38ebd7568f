#include "server/net/listener.hpp"

#include <fcntl.h>

#include "server/net/limits.hpp"
#include "server/ops/log.hpp"

namespace talkback::net {

Result<std::unique_ptr<Listener>> Listener::open(Shared& shared) {
  const NetSettings& settings = shared.settings;
  const std::string where = settings.address + " port " + std::to_string(settings.port);
  SystemError failed;
  const auto address = asio::ip::make_address(settings.address, failed);
  if (failed) return Error{ErrorCode::invalid, settings.address + " is not an IP address"};
  const Tcp::endpoint endpoint(address, settings.port);
  Tcp::acceptor acceptor(shared.io);
  (void)acceptor.open(endpoint.protocol(), failed);
  if (!failed) (void)acceptor.set_option(Tcp::acceptor::reuse_address(true), failed);
  if (!failed) (void)acceptor.bind(endpoint, failed);
  if (!failed) (void)acceptor.listen(Tcp::acceptor::max_listen_connections, failed);
  if (failed) return Error{ErrorCode::unavailable, "cannot listen on " + where + ": " + failed.message()};
  return std::unique_ptr<Listener>(new Listener(shared, std::move(acceptor)));
}

Listener::Listener(Shared& shared, Tcp::acceptor acceptor)
    : shared_(shared), acceptor_(std::move(acceptor)), port_(acceptor_.local_endpoint().port()) {}

void Listener::start() { asio::co_spawn(shared_.io, accept(), asio::detached); }

void Listener::close() {
  asio::post(shared_.io, [this] {
    SystemError ignored;
    (void)acceptor_.close(ignored);
  });
}

Awaitable<void> Listener::accept() {
  asio::steady_timer pause(shared_.io);
  while (acceptor_.is_open()) {
    SystemError failed;
    Tcp::socket socket = co_await acceptor_.async_accept(asio::make_strand(shared_.io),
                                                         asio::redirect_error(asio::use_awaitable, failed));
    if (failed == asio::error::operation_aborted || failed == asio::error::bad_descriptor) co_return;
    if (failed) {
      // Out of descriptors, most likely: without a pause this loop would take the whole core.
      ops::log_warning("a connection was not accepted", {{"why", failed.message()}});
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, failed));
      continue;
    }
    if (shared_.connections.count() >= shared_.settings.connections_max) {
      ops::log_warning("too many connections: one was refused");
      continue;
    }
    const auto strand = socket.get_executor();
    OpenConnections::Place place = shared_.connections.enter(socket.native_handle());
    asio::co_spawn(strand, serve_connection(std::move(socket), std::move(place), shared_),
                   [](const std::exception_ptr& thrown) {
                     if (thrown) ops::log_error("a connection ended with an exception");
                   });
  }
}

void end_connections(Shared& shared, std::chrono::milliseconds finish_max) {
  shared.connections.end_resting();
  if (shared.connections.wait_until_none(finish_max)) return;
  shared.connections.cut();
  if (shared.connections.wait_until_none(kCutTimeMax)) return;
  ops::log_warning("connections did not end in time", {{"count", std::to_string(shared.connections.count())}});
}

}  // namespace talkback::net
