// A member's copy of the session: what the server has ordered, and on top of it what this member did since.
//
// Invariant: view() is confirmed() plus the pending edits in their order. Edits of others go below the pending ones, so
// that the member's own work is seen at once and never jumps. No thread, clock, network or disk; one thread at a time.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "engine/session/apply.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::replica {

class Replica {
 public:
  // Starts empty, at no revision: reset() first.
  Replica() = default;

  bool is_empty() const noexcept { return !loaded_; }
  const session::Session& view() const noexcept { return view_; }
  const session::Session& confirmed() const noexcept { return confirmed_; }
  std::uint64_t revision() const noexcept { return revision_; }
  const std::deque<v1::Edit>& pending() const noexcept { return pending_; }

  // Takes the server's state; pending edits stay on top.
  void reset(session::Session confirmed, std::uint64_t revision);

  // Applies an edit to the view and keeps it as pending. Fails as apply() does, and then nothing is kept.
  Result<session::ApplyReport> propose(v1::Edit edit);

  // Keeps an edit that was pending before a restart, whether or not it still applies: the server decides.
  void adopt_pending(v1::Edit edit);

  struct Arrival {
    session::ApplyReport report;  // against the confirmed session; empty for an answer to a resubmission
    bool mine = false;
  };
  // The next edit in the server's order. Fails with `corrupt` on a gap or an edit that does not apply: resync.
  Result<Arrival> commit(const v1::CommittedEdit& edit);

  // Takes the place of the pending edit of the same id. Nothing happens where there is none.
  void replace_pending(v1::Edit edit);

  // The server refused it: it leaves the view. nullopt where no such edit is pending.
  std::optional<v1::Edit> reject(const std::string& edit_id);

 private:
  bool take_pending(const std::string& edit_id);
  void rebuild_view();

  session::Session confirmed_;
  session::Session view_;
  std::deque<v1::Edit> pending_;
  std::uint64_t revision_ = 0;
  bool loaded_ = false;
};

}  // namespace talkback::replica
