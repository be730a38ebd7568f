#include "engine/session/order_key.hpp"

#include <algorithm>

#include "engine/base/check.hpp"
#include "engine/session/limits.hpp"

namespace talkback::session {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kBase = kDigits.size();

std::size_t digit_at(std::string_view key, std::size_t index) noexcept {
  return index < key.size() ? kDigits.find(key[index]) : 0;
}

}  // namespace

bool is_order_key(std::string_view key) noexcept {
  return !key.empty() && key.size() <= kOrderKeyBytesMax && key.back() != '0' &&
         std::ranges::all_of(key, [](char c) { return kDigits.find(c) != std::string_view::npos; });
}

std::string order_between(std::string_view before, std::string_view after) {
  TALKBACK_CHECK(after.empty() || before < after);
  std::string key;
  bool bounded = !after.empty();
  for (std::size_t i = 0;; ++i) {
    const std::size_t low = digit_at(before, i);
    const std::size_t high = bounded ? digit_at(after, i) : kBase;
    if (high > low + 1) {
      // Without a neighbour above take the next digit, so that appending stays cheap; else the middle.
      const bool appending = !bounded && i < before.size();
      key.push_back(kDigits[appending ? low + 1 : (low + high) / 2]);
      return key;
    }
    key.push_back(kDigits[low]);
    if (bounded && high == low + 1) bounded = false;
  }
}

}  // namespace talkback::session
