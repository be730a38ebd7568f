// Protobuf's wire format, as far as frames are put together from parts that are serialised already
// (https://protobuf.dev/programming-guides/encoding). Zeros and empty texts are left out, as proto3 does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace talkback::domain::wire {

// A tag below 16 and a size of up to 4 GiB.
inline constexpr std::size_t kPrefixBytesMax = 6;

inline void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(0x80 | (value & 0x7f)));
  out.push_back(static_cast<char>(value));
}

// Field numbers below 16: their tags take one byte.
inline void append_size(std::string& out, int field, std::size_t size) {
  out.push_back(static_cast<char>(field << 3 | 2));
  append_varint(out, size);
}

inline void append_number(std::string& out, int field, std::uint64_t value) {
  if (value == 0) return;
  out.push_back(static_cast<char>(field << 3));
  append_varint(out, value);
}

inline void append_text(std::string& out, int field, std::string_view text) {
  if (text.empty()) return;
  append_size(out, field, text.size());
  out += text;
}

}  // namespace talkback::domain::wire
