// Times as people write and read them.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/result.hpp"

namespace talkback::cli {

inline constexpr const char* kTimeHelp =
    "\"2026-02-01\", \"2026-02-01 18:30\" (local time), or \"90m\", \"36h\", \"7d\" ago";

// Milliseconds since 1970 as "2026-02-01 18:30" in local time.
std::string time_text(std::int64_t unix_ms);
// As kTimeHelp says; a day alone means its beginning. Fails with `invalid`.
Result<std::int64_t> time_from(const std::string& text);
inline constexpr const char* kLifetimeHelp = "How long from now: \"90m\", \"36h\", \"7d\", at most 365d (default 30d)";

// "90m", "36h", "7d" in milliseconds. Fails with `invalid`.
Result<std::int64_t> lifetime_from(const std::string& text);
// "3:25.1"
std::string duration_text(double seconds);

}  // namespace talkback::cli
