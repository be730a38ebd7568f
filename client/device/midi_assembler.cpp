#include "client/device/midi_assembler.hpp"

namespace talkback::device {
namespace {

constexpr std::uint8_t kExclusive = 0xf0;
constexpr std::uint8_t kEndOfExclusive = 0xf7;
constexpr std::uint8_t kRealTime = 0xf8;

}  // namespace

void MidiAssembler::feed(std::span<const std::uint8_t> bytes, std::int64_t time, const Take& take) {
  for (const std::uint8_t byte : bytes) {
    if (byte >= kRealTime) continue;
    if (byte == kEndOfExclusive && is_exclusive_) {
      message_.bytes.push_back(byte);
      is_too_long_ || message_.bytes.size() > kSystemExclusiveBytesMax ? drop() : take(message_);
      message_.bytes.clear();
      is_exclusive_ = false;
      continue;
    }
    if (byte >= 0x80) {
      begin(byte, time);
      continue;
    }
    if (is_exclusive_) {
      is_too_long_ = is_too_long_ || message_.bytes.size() + 1 >= kSystemExclusiveBytesMax;
      if (!is_too_long_) message_.bytes.push_back(byte);
      continue;
    }
    if (message_.bytes.empty()) {
      if (running_ == 0) {
        ++dropped_;
        continue;
      }
      message_ = {time, {running_}};
    }
    message_.bytes.push_back(byte);
    if (message_.bytes.size() <= data_bytes(running_)) continue;
    take(message_);
    message_.bytes.clear();
  }
}

// A status where another message was under way cuts that short.
void MidiAssembler::begin(std::uint8_t status, std::int64_t time) {
  if (!message_.bytes.empty()) drop();
  message_.bytes.clear();
  is_too_long_ = false;
  is_exclusive_ = status == kExclusive;
  // Of system common messages only the end of running status is of interest.
  running_ = status < kExclusive ? status : 0;
  if (is_exclusive_ || running_ != 0) message_ = {time, {status}};
}

void MidiAssembler::drop() noexcept { ++dropped_; }

void MidiAssembler::reset() noexcept {
  if (!message_.bytes.empty()) drop();
  message_.bytes.clear();
  running_ = 0;
  is_exclusive_ = false;
}

}  // namespace talkback::device
