// Undos, redos and reverts that wait for the server: made anew before they are sent.
//
// An undo is made against the session as its author sees it. One that has waited meets what others did meanwhile; sent
// as it was made it would set their work back as well. So what it is to take back is kept beside it, and its operations
// are found again in the light of what is there now. Whichever content the server has taken first under the edit's id
// counts, so nothing happens twice. No disk or network; one thread at a time.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session/apply.hpp"
#include "talkback/v1/replica.pb.h"

namespace talkback::replica {

v1::ObjectChange message_of(const session::Change& change);
std::vector<session::Change> changes_of(const google::protobuf::RepeatedPtrField<v1::ObjectChange>& changes);

// What an edit takes back, and what was told to stay when it was made.
struct TakeBack {
  std::vector<session::Change> changes;
  std::vector<std::string> left;
};
v1::TakeBack message_of(const TakeBack& take_back);

class TakeBacks {
 public:
  void add(const std::string& edit_id, TakeBack take_back) { take_backs_[edit_id] = std::move(take_back); }
  void forget(const std::string& edit_id) { take_backs_.erase(edit_id); }
  bool empty() const noexcept { return take_backs_.empty(); }
  // nullptr: the edit takes nothing back.
  const TakeBack* find(const std::string& edit_id) const;

  // What the waiting ones take back has found its place in the server's order, with these changes.
  void note_committed(const v1::CommittedEdit& committed, const std::vector<session::Change>& changes,
                      const std::deque<v1::Edit>& pending);

  struct Renewed {
    // Without operations: nothing of it can be taken back any more.
    v1::Edit edit;
    // What stays and was not told before.
    std::vector<std::string> left;
  };
  // Those of the pending edits that are to be others now. performer: as undo_of() has it.
  std::vector<Renewed> renew(const session::Session& confirmed, std::uint64_t revision,
                             const std::deque<v1::Edit>& pending, std::string_view performer);

 private:
  std::map<std::string, TakeBack> take_backs_;  // by edit id
};

// The edit that it takes back, by id; empty where it names none.
const std::string& taken_back_edit(const v1::Edit& edit);

}  // namespace talkback::replica
