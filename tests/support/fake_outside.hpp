// Time and chance in the hands of the test.
#pragma once

#include <atomic>
#include <random>

#include "server/domain/outside.hpp"

namespace talkback::test {

class FakeClock final : public domain::Clock {
 public:
  std::int64_t now_unix_ms() override { return now_; }
  void advance(std::int64_t milliseconds) { now_ += milliseconds; }

 private:
  std::atomic<std::int64_t> now_{1'750'000'000'000};
};

class SeededRandom final : public domain::Random {
 public:
  explicit SeededRandom(std::uint64_t seed = 1) : engine_(seed) {}
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(engine_() & 255U);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace talkback::test
