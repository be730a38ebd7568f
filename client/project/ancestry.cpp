#include "client/project/ancestry.hpp"

#include <algorithm>
#include <optional>

namespace talkback::project {
namespace {

constexpr std::uint64_t kEditsAtOnce = 1000;

v1::Moment moment(const std::string& branch, std::uint64_t revision) {
  v1::Moment made;
  made.set_branch_id(branch);
  made.set_revision(revision);
  return made;
}

// The branches that a history runs through, newest first, each with its last revision in it.
std::vector<v1::Moment> line_of(const v1::BranchList& branches, v1::Moment at) {
  std::vector<v1::Moment> line{at};
  for (;;) {
    const auto branch = std::ranges::find(branches.branches(), line.back().branch_id(), &v1::Branch::id);
    if (branch == branches.branches().end() || !branch->has_base()) return line;
    v1::Moment base = branch->base();
    base.set_revision(std::min(base.revision(), line.back().revision()));
    line.push_back(std::move(base));
  }
}

Result<v1::Moment> parting_of(const std::vector<v1::Moment>& a, const std::vector<v1::Moment>& b) {
  for (const v1::Moment& in_a : a)
    for (const v1::Moment& in_b : b)
      if (in_a.branch_id() == in_b.branch_id())
        return moment(in_a.branch_id(), std::min(in_a.revision(), in_b.revision()));
  return Error{ErrorCode::not_found, "these two have no common history"};
}

bool holds(const std::vector<v1::Moment>& line, const v1::Moment& wanted) {
  const auto part = std::ranges::find(line, wanted.branch_id(), &v1::Moment::branch_id);
  return part != line.end() && wanted.revision() <= part->revision();
}

// The newest whole merge into `into` of something that `other` holds.
struct Merged {
  v1::Moment from;
  std::int64_t when_unix_ms = 0;
};

Result<std::optional<Merged>> last_merge(net::Api& api, const std::string& project, const v1::Moment& into,
                                         std::uint64_t after, const std::vector<v1::Moment>& other) {
  std::optional<Merged> last;
  TALKBACK_TRY(for_each_edit(api, {project, into.branch_id()}, after, into.revision(),
                             [&](const v1::CommittedEdit& edit) -> Result<void> {
                               const v1::Merge& merge = edit.edit().merges();
                               if (edit.edit().has_merges() && merge.items().empty() && holds(other, merge.from()))
                                 last = Merged{merge.from(), edit.committed_unix_ms()};
                               return {};
                             }));
  return last;
}

}  // namespace

Result<void> for_each_edit(net::Api& api, const net::BranchName& branch, std::uint64_t after, std::uint64_t until,
                           const std::function<Result<void>(const v1::CommittedEdit&)>& visit) {
  while (after < until) {
    const int count = static_cast<int>(std::min(until - after, kEditsAtOnce));
    TALKBACK_ASSIGN(const v1::CommittedBatch batch, api.history(branch, after, count));
    if (batch.edits().empty()) return Error{ErrorCode::corrupt, "the server's history has a gap"};
    for (const v1::CommittedEdit& edit : batch.edits()) {
      if (edit.revision() > until) return {};
      TALKBACK_TRY(visit(edit));
      after = edit.revision();
    }
  }
  return {};
}

Result<v1::Moment> parting_of(const v1::BranchList& branches, const v1::Moment& a, const v1::Moment& b) {
  return parting_of(line_of(branches, a), line_of(branches, b));
}

Result<v1::Moment> common_ancestor(net::Api& api, const std::string& project, const v1::BranchList& branches,
                                   const v1::Moment& a, const v1::Moment& b) {
  const std::vector<v1::Moment> line_a = line_of(branches, a);
  const std::vector<v1::Moment> line_b = line_of(branches, b);
  TALKBACK_ASSIGN(const v1::Moment parting, parting_of(line_a, line_b));
  // Merges are looked for on the two branches themselves, after the parting.
  const std::uint64_t after = parting.revision();
  TALKBACK_ASSIGN(const auto into_a, last_merge(api, project, a, after, line_b));
  TALKBACK_ASSIGN(const auto into_b, last_merge(api, project, b, after, line_a));
  if (!into_a && !into_b) return parting;
  // Each holds all that the other had when it was merged; of two, the later one holds the earlier.
  if (!into_b || (into_a && into_a->when_unix_ms >= into_b->when_unix_ms)) return into_a->from;
  return into_b->from;
}

}  // namespace talkback::project
