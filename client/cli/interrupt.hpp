// Ctrl+C and SIGTERM as a question that a loop can ask, so that it ends in order. One object at a time.
#pragma once

#include <signal.h>

#include <csignal>

namespace talkback::cli {

class Interrupt {
 public:
  Interrupt() {
    flag() = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { flag() = 1; };
    ::sigaction(SIGINT, &action, &old_int_);
    ::sigaction(SIGTERM, &action, &old_term_);
  }
  ~Interrupt() {
    ::sigaction(SIGINT, &old_int_, nullptr);
    ::sigaction(SIGTERM, &old_term_, nullptr);
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool requested() const noexcept { return flag() != 0; }

 private:
  static volatile std::sig_atomic_t& flag() noexcept {
    static volatile std::sig_atomic_t requested = 0;
    return requested;
  }
  struct sigaction old_int_ {};
  struct sigaction old_term_ {};
};

}  // namespace talkback::cli
