// The frames of a WebSocket (RFC 6455), the server's side, without a socket: bytes in, messages out, headers for what
// goes out.
//
// Our own because a room asks for what Beast does not offer: one header and payload shared by all members, many
// messages in one write, and a connection at rest that holds no buffer. Beast still shakes hands.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace talkback::net {

enum class Opcode : unsigned char { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// RFC 6455 section 7.4.1; none: all is well.
enum class CloseCode : std::uint16_t { none = 0, normal = 1000, protocol_error = 1002, too_big = 1009 };

struct Message {
  Opcode kind = Opcode::binary;  // a fragmented message is whole; never continuation
  std::string_view payload;      // valid during the call
};

// Takes a client's bytes in portions of any size. One thread at a time.
class MessageReader {
 public:
  explicit MessageReader(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  // Calls `take` for every message that is whole now. The bytes are unmasked where they lie. Anything but `none` is
  // final: the connection is to be closed with it.
  CloseCode read(std::span<char> bytes, const std::function<void(const Message&)>& take);

 private:
  struct Header {
    Opcode opcode = Opcode::continuation;
    bool is_final = false;
    std::size_t header_bytes = 0;
    std::uint64_t payload_bytes = 0;
    std::uint8_t mask[4] = {};
  };

  // The bytes used; `failed_` tells of a fault.
  std::size_t read_whole_frames(std::span<char> bytes, const std::function<void(const Message&)>& take);
  // False: not all of it has come.
  bool read_header(std::span<const char> bytes, Header& header);
  void check_header(const Header& header, bool has_reserved_bits, bool is_masked);
  void take_frame(const Header& header, std::span<char> payload, const std::function<void(const Message&)>& take);

  const std::size_t message_bytes_max_;
  std::string partial_;     // of a frame
  std::string fragments_;   // of a message
  Opcode fragmented_ = Opcode::continuation;  // continuation: there is none under way
  CloseCode failed_ = CloseCode::none;
};

// An unfragmented message of the server's: header, then payload. The same for every member.
struct OutgoingMessage {
  std::string header;
  std::shared_ptr<const std::string> payload;

  std::size_t size() const noexcept { return header.size() + payload->size(); }
};
using OutgoingPointer = std::shared_ptr<const OutgoingMessage>;

OutgoingPointer outgoing(Opcode opcode, std::shared_ptr<const std::string> payload);
OutgoingPointer outgoing_close(CloseCode code);

}  // namespace talkback::net
