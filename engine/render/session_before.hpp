// What lies beside the segments of a project: the session of an earlier render, from whose sums the next one starts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "engine/render/sum_base.hpp"
#include "engine/session/session.hpp"

namespace talkback::render {

// nullopt where there is none, or it cannot be read.
std::optional<session::Session> load_session_before(const std::filesystem::path& folder);

// What the last render found edited since (edited_since_base), where it left the base as it was.
std::set<std::string> load_edited(const std::filesystem::path& folder);

// What the next render finds, after one of `session`. Where it cannot be written, it starts without.
void keep_session_before(const std::filesystem::path& folder, const session::Session& session, SumBase base,
                         const std::set<std::string>& edited);

// Removes what a render left there.
void drop_cache(const std::filesystem::path& folder);

// How much may lie there: `wanted`, or by default twice the session's audio, at least kCacheBytesMin: a song of
// instruments has hardly any audio, and most to gain.
inline constexpr std::int64_t kCacheBytesMin = 512 << 20;
std::int64_t cache_bytes_max(const session::Session& session, std::int64_t wanted);

}  // namespace talkback::render
