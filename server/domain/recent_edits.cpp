#include "server/domain/recent_edits.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace talkback::domain {
namespace {

constexpr std::uint64_t kForgotten = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kSlotsMin = 64;

// Ids are random where clients are honest; both halves are mixed in for the others (splitmix64, Steele et al. 2014).
std::uint64_t hash_of(const std::uint64_t (&id)[2]) {
  std::uint64_t hash = id[0] + 0x9e3779b97f4a7c15U * (id[1] | 1U);
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebU;
  return hash ^ (hash >> 31) ^ id[1];
}

}  // namespace

std::optional<std::uint64_t> RecentEdits::find(std::string_view id) const {
  const Slot wanted = slot_of(id, 0);
  for (const Half* half : {&newer_, &older_})
    if (const Slot* slot = half->find(wanted); slot != nullptr && slot->revision != kForgotten) return slot->revision;
  return std::nullopt;
}

void RecentEdits::add(std::string_view id, std::uint64_t revision) {
  if (newer_.used >= kRecentEditsHalf) {
    is_everything_ = is_everything_ && older_.used == 0;
    older_ = std::exchange(newer_, {});
  }
  newer_.add(slot_of(id, revision));
}

void RecentEdits::forget(std::string_view id) {
  const Slot wanted = slot_of(id, kForgotten);
  for (Half* half : {&newer_, &older_})
    if (half->find(wanted) != nullptr) half->add(wanted);
}

RecentEdits::Slot RecentEdits::slot_of(std::string_view id, std::uint64_t revision) {
  Slot slot{.id = {}, .revision = revision};
  std::memcpy(slot.id, id.data(), std::min(id.size(), sizeof slot.id));
  return slot;
}

const RecentEdits::Slot* RecentEdits::Half::find(const Slot& wanted) const {
  if (slots.empty()) return nullptr;
  for (std::size_t at = hash_of(wanted.id) & (slots.size() - 1);; at = (at + 1) & (slots.size() - 1)) {
    const Slot& slot = slots[at];
    if (slot.revision == 0) return nullptr;
    if (slot.id[0] == wanted.id[0] && slot.id[1] == wanted.id[1]) return &slot;
  }
}

void RecentEdits::Half::add(const Slot& added) {
  if (const Slot* known = find(added)) {
    const_cast<Slot*>(known)->revision = added.revision;
    return;
  }
  if (2 * (used + 1) > slots.size()) grow();
  std::size_t at = hash_of(added.id) & (slots.size() - 1);
  while (slots[at].revision != 0) at = (at + 1) & (slots.size() - 1);
  slots[at] = added;
  ++used;
}

void RecentEdits::Half::grow() {
  std::vector<Slot> before = std::exchange(slots, std::vector<Slot>(std::max(kSlotsMin, 2 * slots.size())));
  used = 0;
  for (const Slot& slot : before)
    if (slot.revision != 0) add(slot);
}

}  // namespace talkback::domain
