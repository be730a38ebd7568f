#include "server/net/byte_range.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace talkback::net {
namespace {

// A number too large to hold is larger than any file.
std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() == '-' || end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::int64_t>::max();
  if (error != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::int64_t> parse_upload_offset(std::string_view header) {
  std::int64_t offset = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), offset);
  if (header.empty() || error != std::errc{} || end != header.data() + header.size() || offset < 0) return std::nullopt;
  return offset;
}

RangeChoice choose_range(std::string_view header, std::int64_t size_bytes) {
  static constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit) || header.find(',') != std::string_view::npos) return {};
  header.remove_prefix(kUnit.size());
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view first_text = header.substr(0, dash);
  const std::string_view last_text = header.substr(dash + 1);

  if (first_text.empty()) {
    const auto suffix = number(last_text);
    if (!suffix) return {};
    if (*suffix == 0 || size_bytes == 0) return {.range = std::nullopt, .unsatisfiable = true};
    const std::int64_t count = std::min(*suffix, size_bytes);
    return {.range = ByteRange{.first = size_bytes - count, .count = count}};
  }
  const auto first = number(first_text);
  const auto last = last_text.empty() ? std::optional(size_bytes - 1) : number(last_text);
  if (!first || !last || (!last_text.empty() && *last < *first)) return {};
  if (*first >= size_bytes) return {.range = std::nullopt, .unsatisfiable = true};
  return {.range = ByteRange{.first = *first, .count = std::min(*last, size_bytes - 1) - *first + 1}};
}

}  // namespace talkback::net
