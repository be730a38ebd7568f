// A door from the thread of a MIDI input to one that may wait: messages of any length, in order.
//
// They travel in pieces of a few bytes through an SpscQueue, so that neither side allocates for the way. Bounded: a
// message that finds no room is lost whole and counted.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/realtime/spsc_queue.hpp"

namespace talkback::device {

// What came in, or that nothing more will come.
struct MidiArrival {
  std::int64_t time = 0;
  std::vector<std::uint8_t> bytes;
  bool is_loss = false;  // of the port

  friend bool operator==(const MidiArrival&, const MidiArrival&) = default;
};

class MidiQueue {
 public:
  // One thread. [audio-thread] or any other
  void push(std::span<const std::uint8_t> bytes, std::int64_t time) noexcept TALKBACK_REALTIME {
    Piece piece{.time = time, .kind = Kind::first};
    do {
      const std::size_t count = std::min(bytes.size(), kPieceBytes);
      std::copy_n(bytes.begin(), count, piece.bytes.begin());
      bytes = bytes.subspan(count);
      piece.count = static_cast<std::uint8_t>(count);
      piece.is_last = bytes.empty();
      if (!pieces_.push(piece)) {
        lost_.fetch_add(1, std::memory_order_relaxed);
        return;
      }
      piece.kind = Kind::more;
    } while (!bytes.empty());
  }
  void push_loss(std::int64_t time) noexcept TALKBACK_REALTIME {
    if (!pieces_.push({.time = time, .kind = Kind::loss, .is_last = true}))
      lost_.fetch_add(1, std::memory_order_relaxed);
  }

  // One thread. nullopt: no whole message is there.
  std::optional<MidiArrival> pop() {
    while (const auto piece = pieces_.pop()) {
      // What is under way then was cut short by a full queue.
      if (piece->kind != Kind::more) arriving_ = {piece->time, {}, piece->kind == Kind::loss};
      arriving_.bytes.insert(arriving_.bytes.end(), piece->bytes.begin(), piece->bytes.begin() + piece->count);
      if (piece->is_last) return std::exchange(arriving_, {});
    }
    return std::nullopt;
  }

  // Messages that found no room. [any-thread]
  std::int64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kPieceBytes = 13;
  enum class Kind : std::uint8_t { first, more, loss };
  struct Piece {
    std::int64_t time = 0;
    std::array<std::uint8_t, kPieceBytes> bytes{};
    Kind kind = Kind::first;
    std::uint8_t count = 0;
    bool is_last = false;
  };

  // 16,384 short messages: five seconds of a wire that is never silent.
  realtime::SpscQueue<Piece, 16'384> pieces_;
  std::atomic<std::int64_t> lost_{0};
  MidiArrival arriving_;  // by who pops
};

}  // namespace talkback::device
