#include "server/net/web_socket.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace talkback::net {
namespace {

constexpr std::size_t kControlPayloadMax = 125;

bool is_control(Opcode opcode) { return static_cast<unsigned char>(opcode) >= 8; }

bool is_known(Opcode opcode) {
  switch (opcode) {
    case Opcode::continuation:
    case Opcode::text:
    case Opcode::binary:
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong:
      return true;
  }
  return false;
}

// Section 5.3, eight bytes at a time.
void unmask(std::span<char> payload, const std::uint8_t* mask) {
  std::uint64_t wide = 0;
  std::uint8_t twice[8];
  for (std::size_t i = 0; i < 8; ++i) twice[i] = mask[i % 4];
  std::memcpy(&wide, twice, sizeof wide);
  std::size_t at = 0;
  for (; at + 8 <= payload.size(); at += 8) {
    std::uint64_t part = 0;
    std::memcpy(&part, payload.data() + at, sizeof part);
    part ^= wide;
    std::memcpy(payload.data() + at, &part, sizeof part);
  }
  for (; at < payload.size(); ++at) payload[at] = static_cast<char>(payload[at] ^ mask[at % 4]);
}

// Sections 5.5.1 and 7.4: none, or a code that may stand on the wire.
bool is_close_payload(std::string_view payload) {
  if (payload.empty()) return true;
  if (payload.size() < 2) return false;
  const unsigned code =
      static_cast<unsigned>(static_cast<std::uint8_t>(payload[0])) << 8 | static_cast<std::uint8_t>(payload[1]);
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

CloseCode MessageReader::read(std::span<char> bytes, const std::function<void(const Message&)>& take) {
  if (failed_ != CloseCode::none) return failed_;
  if (partial_.empty()) {
    const std::size_t used = read_whole_frames(bytes, take);
    if (failed_ == CloseCode::none) partial_.assign(bytes.data() + used, bytes.size() - used);
    return failed_;
  }
  partial_.append(bytes.data(), bytes.size());
  const std::size_t used = read_whole_frames(partial_, take);
  partial_.erase(0, used);
  // A connection at rest holds no more than it needs.
  if (partial_.empty()) partial_ = {};
  return failed_;
}

std::size_t MessageReader::read_whole_frames(std::span<char> bytes, const std::function<void(const Message&)>& take) {
  std::size_t used = 0;
  while (failed_ == CloseCode::none) {
    Header header;
    const std::span<char> rest = bytes.subspan(used);
    if (!read_header(rest, header) || failed_ != CloseCode::none) break;
    if (rest.size() - header.header_bytes < header.payload_bytes) break;
    const std::size_t frame_bytes = header.header_bytes + static_cast<std::size_t>(header.payload_bytes);
    take_frame(header, rest.subspan(header.header_bytes, static_cast<std::size_t>(header.payload_bytes)), take);
    used += frame_bytes;
  }
  return used;
}

bool MessageReader::read_header(std::span<const char> bytes, Header& header) {
  if (bytes.size() < 2) return false;
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
  header.is_final = (byte(0) & 0x80) != 0;
  header.opcode = static_cast<Opcode>(byte(0) & 0x0f);
  header.payload_bytes = byte(1) & 0x7f;
  const bool is_masked = (byte(1) & 0x80) != 0;
  const std::size_t length_bytes = header.payload_bytes == 127 ? 8 : header.payload_bytes == 126 ? 2 : 0;
  // What is wrong in the first two bytes is told before the rest has come.
  if (length_bytes == 0) check_header(header, (byte(0) & 0x70) != 0, is_masked);
  header.header_bytes = 2 + length_bytes + 4;
  if (failed_ != CloseCode::none || bytes.size() < header.header_bytes) return false;
  if (length_bytes > 0) {
    header.payload_bytes = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) header.payload_bytes = header.payload_bytes << 8 | byte(2 + i);
    check_header(header, (byte(0) & 0x70) != 0, is_masked);
  }
  std::memcpy(header.mask, bytes.data() + header.header_bytes - 4, 4);
  return true;
}

// Sections 5.1 to 5.5.
void MessageReader::check_header(const Header& header, bool has_reserved_bits, bool is_masked) {
  const bool is_fragment_wanted = fragmented_ != Opcode::continuation;
  const bool fits = is_control(header.opcode) ? header.is_final && header.payload_bytes <= kControlPayloadMax
                                              : (header.opcode == Opcode::continuation) == is_fragment_wanted;
  if (has_reserved_bits || !is_masked || !is_known(header.opcode) || !fits)
    failed_ = CloseCode::protocol_error;
  else if (header.payload_bytes > message_bytes_max_ ||
           (!is_control(header.opcode) && fragments_.size() + header.payload_bytes > message_bytes_max_))
    failed_ = CloseCode::too_big;
}

void MessageReader::take_frame(const Header& header, std::span<char> payload,
                               const std::function<void(const Message&)>& take) {
  unmask(payload, header.mask);
  const std::string_view bytes(payload.data(), payload.size());
  if (header.opcode == Opcode::close && !is_close_payload(bytes)) {
    failed_ = CloseCode::protocol_error;
    return;
  }
  if (is_control(header.opcode) || (header.is_final && fragmented_ == Opcode::continuation))
    return take({.kind = header.opcode, .payload = bytes});
  if (fragmented_ == Opcode::continuation) fragmented_ = header.opcode;
  fragments_ += bytes;
  if (!header.is_final) return;
  const std::string whole = std::exchange(fragments_, {});
  take({.kind = std::exchange(fragmented_, Opcode::continuation), .payload = whole});
}

OutgoingPointer outgoing(Opcode opcode, std::shared_ptr<const std::string> payload) {
  auto message = std::make_shared<OutgoingMessage>();
  const std::size_t size = payload->size();
  message->header.push_back(static_cast<char>(0x80 | static_cast<unsigned char>(opcode)));
  const std::size_t length_bytes = size < 126 ? 0 : size < 65'536 ? 2 : 8;
  message->header.push_back(static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127));
  for (std::size_t i = length_bytes; i > 0; --i)
    message->header.push_back(static_cast<char>(std::uint64_t{size} >> (8 * (i - 1))));
  message->payload = std::move(payload);
  return message;
}

OutgoingPointer outgoing_close(CloseCode code) {
  const auto number = static_cast<unsigned>(code);
  std::string payload{static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
  return outgoing(Opcode::close, std::make_shared<const std::string>(std::move(payload)));
}

}  // namespace talkback::net
