// The name of an object in a session: 64 random bits, 0 meaning "none".
//
// Clients choose ids. Among the million objects that a session may hold, a clash is less likely than
// one in ten million, and an edit that creates an id which exists is rejected, never merged.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace talkback {

struct ObjectId {
  std::uint64_t value = 0;

  explicit operator bool() const noexcept { return value != 0; }
  friend constexpr auto operator<=>(ObjectId, ObjectId) = default;
};

// The session settings, the root of every tree.
inline constexpr ObjectId kRootId{1};

// Sixteen hexadecimal digits, as people see it.
std::string to_string(ObjectId id);

// nullopt for anything but the sixteen digits of to_string.
std::optional<ObjectId> object_id_from(std::string_view text) noexcept;

}  // namespace talkback

template <>
struct std::hash<talkback::ObjectId> {
  std::size_t operator()(talkback::ObjectId id) const noexcept { return std::hash<std::uint64_t>{}(id.value); }
};
