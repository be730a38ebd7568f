// The ids of the newest edits, each with its revision: enough to answer what comes twice after a broken connection.
// Older ones lie in the log, which is asked when one may be meant. Bounded; forgets the older half at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace talkback::domain {

// Half of what is remembered.
inline constexpr std::size_t kRecentEditsHalf = 16'384;

class RecentEdits {
 public:
  // everything: no edit of the branch is missing here.
  explicit RecentEdits(bool everything) : is_everything_(everything) {}

  // Ids have 16 bytes, revisions begin at 1.
  std::optional<std::uint64_t> find(std::string_view id) const;
  void add(std::string_view id, std::uint64_t revision);
  void forget(std::string_view id);

  // An id that find() does not know is new for certain.
  bool is_everything() const noexcept { return is_everything_; }

 private:
  // 24 bytes, no allocation of its own. revision 0: free; an id that was forgotten keeps its slot.
  struct Slot {
    std::uint64_t id[2] = {};
    std::uint64_t revision = 0;
  };
  // Open addressing, at most half full.
  struct Half {
    std::vector<Slot> slots;
    std::size_t used = 0;

    const Slot* find(const Slot& wanted) const;
    void add(const Slot& slot);
    void grow();
  };

  static Slot slot_of(std::string_view id, std::uint64_t revision);

  Half newer_;
  Half older_;
  bool is_everything_;
};

}  // namespace talkback::domain
