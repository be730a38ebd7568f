// The version of the wire protocol that this build speaks; see proto/README.md for when it rises.
#pragma once

#include <cstdint>

namespace talkback::session {

inline constexpr std::uint32_t kProtocolVersion = 1;

}  // namespace talkback::session
