#include "server/domain/named_moments.hpp"

#include <string>

namespace talkback::domain {
namespace {

Result<Branch> find_moment(Branches& branches, const ProjectId& project, const v1::Moment& moment,
                           const std::string& what) {
  auto branch = branches.find(project, moment.branch_id());
  if (!branch && branch.error().code != ErrorCode::not_found) return branch.error();
  if (!branch || moment.branch_id().empty())
    return Error{ErrorCode::not_found, "the edit " + what + " what is no branch of this project"};
  if (moment.revision() > branch->head_revision)
    return Error{ErrorCode::not_found, "the edit " + what + " revision " + std::to_string(moment.revision()) +
                                           " of \"" + branch->name + "\", whose head is " +
                                           std::to_string(branch->head_revision)};
  return branch;
}

Result<void> check_merge(Branches& branches, const ProjectId& project, const BranchId& into, const v1::Merge& merge) {
  TALKBACK_ASSIGN(const Branch from, find_moment(branches, project, merge.from(), "merges"));
  if (from.id == into) return Error{ErrorCode::invalid, "\"" + from.name + "\" cannot be merged into itself"};
  if (!merge.has_suggestion()) return {};
  if (from.kind != BranchKind::suggestion)
    return Error{ErrorCode::invalid, "\"" + from.name + "\" is no suggestion that could be answered"};
  if (from.base->branch != into)
    return Error{ErrorCode::invalid, "\"" + from.name + "\" is a suggestion for another branch"};
  return {};
}

}  // namespace

bool names_other_moments(const v1::Edit& edit) { return edit.has_merges() || edit.has_restores(); }

Result<void> check_named_moments(Branches& branches, const ProjectId& project, const BranchId& into,
                                 const v1::Edit& edit) {
  if (edit.has_merges()) TALKBACK_TRY(check_merge(branches, project, into, edit.merges()));
  if (edit.has_restores()) TALKBACK_TRY(find_moment(branches, project, edit.restores(), "restores"));
  return {};
}

}  // namespace talkback::domain
