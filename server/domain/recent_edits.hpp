// The ids of the newest edits, each with its revision: enough to answer what comes twice after a broken connection.
// Older ones lie in the log, which is asked when one may be meant. Bounded; forgets the older half at a time.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace talkback::domain {

// Half of what is remembered.
inline constexpr std::size_t kRecentEditsHalf = 32'768;

class RecentEdits {
 public:
  // everything: no edit of the branch is missing here.
  explicit RecentEdits(bool everything) : is_everything_(everything) {}

  // Ids have 16 bytes.
  std::optional<std::uint64_t> find(std::string_view id) const {
    const Key key = key_of(id);
    for (const Half* half : {&newer_, &older_})
      if (const auto found = half->find(key); found != half->end()) return found->second;
    return std::nullopt;
  }

  void add(std::string_view id, std::uint64_t revision) {
    if (newer_.size() >= kRecentEditsHalf) {
      is_everything_ = is_everything_ && older_.empty();
      older_ = std::exchange(newer_, {});
    }
    newer_[key_of(id)] = revision;
  }

  void forget(std::string_view id) {
    newer_.erase(key_of(id));
    older_.erase(key_of(id));
  }

  // An id that find() does not know is new for certain.
  bool is_everything() const noexcept { return is_everything_; }

 private:
  using Key = std::array<std::uint64_t, 2>;
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      // Ids are random where clients are honest; the product keeps the others from all falling into one place.
      const std::uint64_t mixed = (key[0] ^ 0x9e3779b97f4a7c15U) * ((key[1] << 1) | 1U);
      return static_cast<std::size_t>(mixed ^ (mixed >> 32) ^ key[1]);
    }
  };
  using Half = std::unordered_map<Key, std::uint64_t, Hash>;

  static Key key_of(std::string_view id) {
    Key key{};
    std::memcpy(key.data(), id.data(), std::min(id.size(), sizeof key));
    return key;
  }

  Half newer_;
  Half older_;
  bool is_everything_;
};

}  // namespace talkback::domain
