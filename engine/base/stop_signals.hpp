// SIGTERM and SIGINT, taken by whoever waits for them instead of ending the program.
//
// Made before any thread starts, so that all threads inherit the block and only this object sees the two: libraries
// start threads of their own (JACK's client, the server's pools).
#pragma once

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <ctime>

namespace talkback {

class StopSignals {
 public:
  StopSignals() noexcept {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  // Waits for one of them; its number.
  int wait() const noexcept {
    int number = 0;
    sigwait(&signals_, &number);
    return number;
  }

  // Whether one came, now or within a time below one second.
  bool came_within(std::chrono::nanoseconds time) const noexcept {
    const timespec poll{0, static_cast<long>(time.count())};
    return sigtimedwait(&signals_, nullptr, &poll) >= 0;
  }

 private:
  sigset_t signals_{};
};

}  // namespace talkback
