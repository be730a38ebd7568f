// The machine's clock and random numbers, as the domain asks for them. [any-thread]
#pragma once

#include "server/domain/outside.hpp"

namespace talkback::ops {

class SystemClock final : public domain::Clock {
 public:
  std::int64_t now_unix_ms() override;
};

class SystemRandom final : public domain::Random {
 public:
  void fill(std::span<std::byte> bytes) override;
};

}  // namespace talkback::ops
