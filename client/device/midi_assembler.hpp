// Whole MIDI messages from the bytes of a wire, after MIDI 1.0 Detailed Specification 4.2.1, appendix "Additional
// Explanations": running status, real-time bytes in the midst of others, system exclusive in pieces.
//
// What is no message is left out and counted: data without a status, messages cut short, system exclusive that is
// longer than kSystemExclusiveBytesMax or ended by another status. Logic alone; not for the audio thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/media/midi_file.hpp"

namespace talkback::device {

// F0 and F7 included.
using media::kSystemExclusiveBytesMax;

struct MidiMessage {
  std::int64_t time = 0;  // of the first byte, on the input's clock
  std::vector<std::uint8_t> bytes;

  friend bool operator==(const MidiMessage&, const MidiMessage&) = default;
};

class MidiAssembler {
 public:
  using Take = std::function<void(const MidiMessage&)>;

  // Clock, start, stop, active sensing and other system messages but system exclusive are left out: a song has no use
  // for them.
  void feed(std::span<const std::uint8_t> bytes, std::int64_t time, const Take& take);

  // The wire is gone: what was begun is dropped.
  void reset() noexcept;

  std::int64_t dropped() const noexcept { return dropped_; }

 private:
  void begin(std::uint8_t status, std::int64_t time);
  void drop() noexcept;

  MidiMessage message_;  // in the making
  std::uint8_t running_ = 0;
  bool is_exclusive_ = false;
  bool is_too_long_ = false;
  std::int64_t dropped_ = 0;
};

// Bytes that follow a channel message's status.
constexpr std::size_t data_bytes(std::uint8_t status) noexcept {
  const int kind = status & 0xf0;
  return kind == 0xc0 || kind == 0xd0 ? 1 : 2;
}

}  // namespace talkback::device
