#include "server/domain/history.hpp"

#include <string>

#include "engine/session/apply.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/state.hpp"

namespace talkback::domain {
namespace {

Error damaged(const BranchId& branch, std::uint64_t revision, const std::string& why) {
  return Error{ErrorCode::corrupt,
               "the history of branch " + branch + " is damaged at revision " + std::to_string(revision) + ": " + why};
}

Result<void> replay(EditLog& log, const BranchId& branch, SessionAt& at, std::uint64_t revision) {
  while (at.revision < revision) {
    TALKBACK_ASSIGN(const v1::CommittedBatch batch, log.read(branch, at.revision, kReadEditsMax, kReadBytesMax));
    if (batch.edits().empty()) return damaged(branch, at.revision + 1, "it is missing");
    for (const v1::CommittedEdit& committed : batch.edits()) {
      if (committed.revision() != at.revision + 1) return damaged(branch, at.revision + 1, "it is missing");
      if (auto applied = session::apply(at.session, committed.edit()); !applied)
        return damaged(branch, committed.revision(), applied.error().message);
      at.revision = committed.revision();
      if (at.revision == revision) break;
    }
  }
  return {};
}

}  // namespace

Result<SessionAt> load_session(EditLog& log, const BranchId& branch, std::uint64_t revision) {
  TALKBACK_ASSIGN(const v1::SessionState state, log.snapshot(branch, revision));
  TALKBACK_ASSIGN(session::Session restored, session::from_state(state));
  SessionAt at{.session = std::move(restored), .revision = state.revision(), .snapshot_revision = state.revision()};
  TALKBACK_ASSIGN(const std::uint64_t head, log.head(branch));
  if (revision > head)
    return Error{ErrorCode::not_found,
                 "there is no revision " + std::to_string(revision) + "; the head is " + std::to_string(head)};
  TALKBACK_TRY(replay(log, branch, at, revision));
  return at;
}

Result<SessionAt> load_head(EditLog& log, const BranchId& branch) {
  TALKBACK_ASSIGN(const std::uint64_t head, log.head(branch));
  return load_session(log, branch, head);
}

Result<std::uint64_t> verify_history(EditLog& log, const BranchId& branch, std::uint64_t base_revision) {
  TALKBACK_ASSIGN(const std::uint64_t head, log.head(branch));
  TALKBACK_ASSIGN(SessionAt at, load_session(log, branch, base_revision));
  TALKBACK_ASSIGN(std::vector<std::uint64_t> snapshots, log.snapshot_revisions(branch));
  for (const std::uint64_t revision : snapshots) {
    TALKBACK_TRY(replay(log, branch, at, revision));
    TALKBACK_ASSIGN(const v1::SessionState state, log.snapshot(branch, revision));
    TALKBACK_ASSIGN(const session::Session stored, session::from_state(state));
    const Sha256Digest replayed = session::digest(at.session);
    if (session::digest(stored) != replayed) return damaged(branch, revision, "its snapshot says something else");
    const std::string_view bytes(reinterpret_cast<const char*>(replayed.data()), replayed.size());
    if (state.digest() != bytes) return damaged(branch, revision, "its digest was another one when it was written");
  }
  TALKBACK_TRY(replay(log, branch, at, head));
  return head;
}

}  // namespace talkback::domain
