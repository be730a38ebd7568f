// Asio, for server/net only: the one place that includes it and names its parts.
#pragma once

#include <utility>
// Boost.Asio 1.81 uses std::exchange in its coroutines.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>

namespace talkback::net {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Strand = asio::strand<asio::io_context::executor_type>;
using SystemError = boost::system::error_code;

// co_await (a || b): whichever is first, the other is cancelled.
using asio::experimental::awaitable_operators::operator||;

template <class T>
using Awaitable = asio::awaitable<T>;

// Runs blocking work on the pool and comes back to the executor of the caller's coroutine. What `work` refers to
// must outlive it: co_await it in the scope of its arguments.
template <class Work>
auto run_on(asio::thread_pool& pool, Work work) -> Awaitable<decltype(work())> {
  std::optional<decltype(work())> result;
  co_await asio::co_spawn(
      pool.get_executor(),
      [&result, &work]() -> Awaitable<void> {
        result.emplace(work());
        co_return;
      },
      asio::use_awaitable);
  co_return std::move(*result);
}

}  // namespace talkback::net
