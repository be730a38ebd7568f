// A client's bytes as WebSocket frames: whatever they are and however they are cut, the same messages come out of them
// and the same end, and nothing larger than what a member may send.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/check.hpp"
#include "server/net/web_socket.hpp"

namespace talkback::fuzz {
namespace {

constexpr std::size_t kMessageBytesMax = 4096;

struct Outcome {
  std::vector<std::string> messages;
  net::CloseCode end = net::CloseCode::none;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// In portions of so many bytes; 0: all at once. The reader unmasks in place, so that it gets a copy.
Outcome read_in_portions(const std::uint8_t* data, std::size_t size, std::size_t portion) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  Outcome outcome;
  net::MessageReader reader(kMessageBytesMax);
  for (std::size_t at = 0; at < size && outcome.end == net::CloseCode::none;) {
    const std::size_t count = portion == 0 ? size : std::min(portion, size - at);
    outcome.end = reader.read(std::span(bytes).subspan(at, count), [&](const net::Message& message) {
      TALKBACK_CHECK(message.kind != net::Opcode::continuation);
      TALKBACK_CHECK(message.payload.size() <= kMessageBytesMax);
      outcome.messages.push_back(static_cast<char>(message.kind) + std::string(message.payload));
    });
    at += count;
  }
  return outcome;
}

}  // namespace
}  // namespace talkback::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using talkback::fuzz::read_in_portions;
  if (size == 0) return 0;
  // The first byte says how the rest is cut.
  const auto whole = read_in_portions(data + 1, size - 1, 0);
  TALKBACK_CHECK(read_in_portions(data + 1, size - 1, 1) == whole);
  TALKBACK_CHECK(read_in_portions(data + 1, size - 1, 2U + data[0]) == whole);
  return 0;
}
