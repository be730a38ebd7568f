// What the domain needs from the machine and is handed: time and chance. A simulator hands in its own. [any-thread]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace talkback::domain {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since 1970, UTC.
  virtual std::int64_t now_unix_ms() = 0;
};

// Unpredictable bytes: tokens and ids come from here.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;
};

}  // namespace talkback::domain
