// Reading a session back from the edit log: the nearest snapshot and the edits after it. [worker-thread]
#pragma once

#include <cstdint>

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "server/domain/edit_log.hpp"

namespace talkback::domain {

// Edits read from the log at a time.
inline constexpr int kReadEditsMax = 1000;
inline constexpr std::size_t kReadBytesMax = 4 * 1024 * 1024;

struct SessionAt {
  session::Session session;
  std::uint64_t revision = 0;
  // The snapshot it began with; how far it had to be replayed.
  std::uint64_t snapshot_revision = 0;
};

// not_found: the branch has no such revision; corrupt: the stored edits do not apply.
Result<SessionAt> load_session(EditLog& log, const BranchId& branch, std::uint64_t revision);
Result<SessionAt> load_head(EditLog& log, const BranchId& branch);

// Replays the branch's own history, from where it began, and compares with what every snapshot says. corrupt names the
// first revision that differs. Returns the head revision.
Result<std::uint64_t> verify_history(EditLog& log, const BranchId& branch, std::uint64_t base_revision = 0);

}  // namespace talkback::domain
