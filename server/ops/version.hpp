// The release that this program was built from.
#pragma once

#include <string_view>

namespace talkback::ops {

// "0.1.0"
inline constexpr std::string_view version() noexcept { return TALKBACK_VERSION; }

}  // namespace talkback::ops
