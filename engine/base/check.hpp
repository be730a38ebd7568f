// TALKBACK_CHECK(condition): a broken invariant is a bug. The process stops with place and text.
// Cheap checks stay on in release. Never use it for what correct use can meet: return a Result.
#pragma once

namespace talkback {

[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace talkback

#define TALKBACK_CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::talkback::check_failed(#condition, __FILE__, __LINE__))
