#include "engine/base/object_id.hpp"

#include <charconv>
#include <cstdio>

namespace talkback {

std::string to_string(ObjectId id) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(id.value));
  return text;
}

std::optional<ObjectId> object_id_from(std::string_view text) noexcept {
  if (text.size() != 16) return std::nullopt;
  ObjectId id;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

}  // namespace talkback
