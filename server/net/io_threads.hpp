// The threads that run the I/O context, whether or not it has work, until they go: then the context is stopped and
// they are joined.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <thread>
#include <vector>

#include "server/net/asio.hpp"

namespace talkback::net {

class IoThreads {
 public:
  IoThreads(asio::io_context& io, int count) : io_(io), guard_(asio::make_work_guard(io)) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([&io] { io.run(); });
  }
  ~IoThreads() {
    io_.stop();
    for (std::thread& thread : threads_) thread.join();
  }
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

 private:
  asio::io_context& io_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::vector<std::thread> threads_;
};

}  // namespace talkback::net
