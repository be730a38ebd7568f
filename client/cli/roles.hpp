// Roles as people type and read them.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "talkback/v1/room.pb.h"

namespace talkback::cli {

inline constexpr std::array<std::pair<v1::Role, std::string_view>, 5> kRoleNames{{{v1::OWNER, "owner"},
                                                                                  {v1::PRODUCER, "producer"},
                                                                                  {v1::PERFORMER, "performer"},
                                                                                  {v1::MENTOR, "mentor"},
                                                                                  {v1::LISTENER, "listener"}}};

constexpr std::string_view role_text(v1::Role role) {
  for (const auto& [known, name] : kRoleNames)
    if (known == role) return name;
  return "none";
}

constexpr std::optional<v1::Role> role_from(std::string_view text) {
  for (const auto& [role, name] : kRoleNames)
    if (name == text) return role;
  return std::nullopt;
}

}  // namespace talkback::cli
