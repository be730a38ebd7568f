#include "server/domain/ids.hpp"

#include <algorithm>
#include <array>

namespace talkback::domain {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kIdBytes = 8;

}  // namespace

std::string new_id(Random& random) {
  std::array<std::byte, kIdBytes> bytes{};
  random.fill(bytes);
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<std::size_t>(byte) >> 4U];
    text += kDigits[std::to_integer<std::size_t>(byte) & 15U];
  }
  return text;
}

bool is_id(std::string_view text) noexcept {
  return text.size() == 2 * kIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return kDigits.find(c) != std::string_view::npos; });
}

}  // namespace talkback::domain
