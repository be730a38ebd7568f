// Headers that name places in a blob: Range, after RFC 9110 section 14, one range or the whole; and Upload-Offset.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace talkback::net {

struct ByteRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

struct RangeChoice {
  // Absent: the whole is to be sent (no header, several ranges, or one that is not understood).
  std::optional<ByteRange> range;
  // The one range lies outside: 416.
  bool unsatisfiable = false;
};

// Where the bytes of a PATCH begin: a decimal number, nothing else. nullopt: none, or one that is no place.
std::optional<std::int64_t> parse_upload_offset(std::string_view header);

RangeChoice choose_range(std::string_view header, std::int64_t size_bytes);

}  // namespace talkback::net
