// Three-way merge: what one side ("theirs") did since the common ancestor ("base"), brought over to the other ("ours").
//
// Fields merge by themselves, objects come and go with what is below them. What both sides changed to different things
// is a conflict, and so is a deletion of what the other side went on working on: neither is decided here. Where ours
// moved something into what theirs deleted, taking the deletion puts it back where theirs has it; where that place is
// gone in ours, the deletion cannot be taken. A change is named by a key that stays the same from merge to merge:
// "0123456789abcdef" for an object that comes or goes, "0123456789abcdef.track.fader_db" for a field. Used by one
// thread at a time.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/session/apply.hpp"

namespace talkback::session {

// One thing to take or to leave.
struct MergeItem {
  std::vector<std::string> keys;
  bool is_conflict = false;
  // What each side did, in words. `ours` is empty where ours did nothing about it.
  std::vector<std::string> theirs;
  std::vector<std::string> ours;
  // Why it cannot be taken at all; empty where it can.
  std::string obstacle;
  // Items, by index, that are taken along with this one.
  std::vector<std::size_t> needs;
};

class Merge {
 public:
  // The sessions outlive the merge. ignored: keys that are to be left alone.
  Merge(const Session& base, const Session& ours, const Session& theirs, const std::set<std::string>& ignored = {});
  ~Merge();
  Merge(Merge&&) noexcept;

  // Empty where ours has all that theirs did.
  const std::vector<MergeItem>& items() const noexcept { return items_; }

  // The operations that bring the chosen items, and those that they need, into ours. Edit id and base revision are the
  // caller's. Fails with `invalid` where the rules of the session forbid it.
  Result<v1::Edit> edit_of(const std::vector<std::size_t>& chosen) const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
  std::vector<MergeItem> items_;
};

}  // namespace talkback::session
