// When a peer that says nothing is asked whether it is there, and when it counts as gone: a line that breaks without a
// word is noticed by nothing else. One thread at a time.
#pragma once

#include <chrono>

#include "server/net/rate_limit.hpp"

namespace talkback::net {

class KeepAlive {
 public:
  enum class Step { wait, ask, give_up };

  // silence_max: then it is gone. It is asked from half of that on.
  KeepAlive(std::chrono::milliseconds silence_max, SteadyTime now) : silence_max_(silence_max), heard_(now) {}

  // Bytes have come, whichever.
  void heard(SteadyTime now) noexcept { heard_ = now; }
  SteadyTime last_heard() const noexcept { return heard_; }
  // How often it is looked after.
  std::chrono::milliseconds interval() const noexcept { return silence_max_ / 2; }
  Step look(SteadyTime now) const noexcept {
    const auto silence = now - heard_;
    if (silence >= silence_max_) return Step::give_up;
    return silence >= silence_max_ / 2 ? Step::ask : Step::wait;
  }

 private:
  std::chrono::milliseconds silence_max_;
  SteadyTime heard_;
};

}  // namespace talkback::net
