// Which sounds this engine makes: the same session, settings and version give the same bytes.
#pragma once

#include <string_view>

namespace talkback::render {

// Raised with every change that alters a rendered sample.
inline constexpr std::string_view kEngineVersion = "talkback-engine-7";

}  // namespace talkback::render
