// True times of events from two clocks: one that stamps them and begins anywhere, and this machine's, read when the
// event is handed over, which is always late, by an unknown and changing time.
//
// The event that was handed over with the least delay so far tells how the clocks stand to each other. Clocks drift
// apart: what was least grows by kDriftPpm, so that a new least is found. (A heuristic, as all such filters are.)
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace talkback::device {

class ArrivalClock {
 public:
  static constexpr std::int64_t kDriftPpm = 100;

  // stamp, now: nanoseconds. Neither goes back. Returns the event's time on this machine's clock, never after `now`.
  std::int64_t time_of(std::int64_t stamp, std::int64_t now) noexcept {
    const std::int64_t ahead = now - stamp;
    if (!least_) {
      least_ = ahead;
    } else {
      least_ = std::min(ahead, *least_ + (now - asked_) / 1'000'000 * kDriftPpm);
    }
    asked_ = now;
    return stamp + *least_;
  }

 private:
  std::optional<std::int64_t> least_;
  std::int64_t asked_ = 0;
};

}  // namespace talkback::device
