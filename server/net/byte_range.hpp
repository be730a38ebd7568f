// The Range header of a request, after RFC 9110 section 14: one range, or the whole.
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

RangeChoice choose_range(std::string_view header, std::int64_t size_bytes);

}  // namespace talkback::net
