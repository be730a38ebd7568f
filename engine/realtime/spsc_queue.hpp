// A door to or from the audio thread for things that happen: one thread pushes, one pops, nobody waits.
//
// Bounded: a full queue refuses, and the caller decides what that means.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "engine/base/realtime.hpp"

namespace talkback::realtime {

template <class Item, std::size_t capacity>
class SpscQueue {
  static_assert(std::has_single_bit(capacity) && std::is_trivially_copyable_v<Item>);

 public:
  // One thread. False where the queue is full. [audio-thread] or any other
  bool push(const Item& item) noexcept TALKBACK_REALTIME {
    const std::uint64_t at = pushed_.load(std::memory_order_relaxed);
    if (at - popped_.load(std::memory_order_acquire) == capacity) return false;
    items_[at % capacity] = item;
    pushed_.store(at + 1, std::memory_order_release);
    return true;
  }

  // One thread. [audio-thread] or any other
  std::optional<Item> pop() noexcept TALKBACK_REALTIME {
    const std::uint64_t at = popped_.load(std::memory_order_relaxed);
    if (at == pushed_.load(std::memory_order_acquire)) return std::nullopt;
    const Item item = items_[at % capacity];
    popped_.store(at + 1, std::memory_order_release);
    return item;
  }

 private:
  std::array<Item, capacity> items_{};
  alignas(64) std::atomic<std::uint64_t> pushed_{0};
  alignas(64) std::atomic<std::uint64_t> popped_{0};
};

}  // namespace talkback::realtime
