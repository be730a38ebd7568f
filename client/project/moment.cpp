#include "client/project/moment.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace talkback::project {
namespace {

std::optional<std::uint64_t> revision_from(const std::string& text) {
  std::uint64_t revision = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), revision);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return revision;
}

Result<v1::Moment> moment_at(const v1::Branch& branch, std::uint64_t revision) {
  if (revision == 0 || revision > branch.head_revision())
    return Error{ErrorCode::not_found, "\"" + branch.name() + "\" has no revision " + std::to_string(revision) +
                                           "; they are 1 to " + std::to_string(branch.head_revision())};
  v1::Moment moment;
  moment.set_branch_id(branch.id());
  moment.set_revision(revision);
  return moment;
}

v1::Moment head_of(const v1::Branch& branch) {
  v1::Moment moment;
  moment.set_branch_id(branch.id());
  moment.set_revision(branch.head_revision());
  return moment;
}

std::string names_of(const v1::BranchList& branches, const v1::VersionList& versions) {
  std::string names;
  for (const v1::Branch& branch : branches.branches()) names += "\n  branch   " + branch.name();
  for (const v1::Version& version : versions.versions()) names += "\n  version  " + version.name();
  return names;
}

}  // namespace

v1::Branch main_branch_of(const v1::Project& project) {
  v1::Branch branch;
  branch.set_id(project.id());
  branch.set_name("main");
  branch.set_head_revision(project.head_revision());
  branch.set_author(project.owner());
  branch.set_created_unix_ms(project.created_unix_ms());
  return branch;
}

Result<v1::Branch> find_branch(const v1::BranchList& branches, const std::string& name_or_id) {
  for (const v1::Branch& branch : branches.branches())
    if (branch.name() == name_or_id || branch.id() == name_or_id) return branch;
  return Error{ErrorCode::not_found,
               "there is no branch \"" + name_or_id + "\"; there are:" + names_of(branches, v1::VersionList())};
}

Result<v1::Moment> find_moment(net::Api& api, const Place& place, const std::string& text) {
  if (text.empty() || text == "head") return head_of(place.branch);
  if (const auto revision = revision_from(text)) return moment_at(place.branch, *revision);
  TALKBACK_ASSIGN(const v1::BranchList branches, api.branches(place.project.id()));
  if (const std::size_t colon = text.rfind(':'); colon != std::string::npos) {
    TALKBACK_ASSIGN(const v1::Branch branch, find_branch(branches, text.substr(0, colon)));
    const auto revision = revision_from(text.substr(colon + 1));
    if (!revision) return Error{ErrorCode::invalid, "behind \"" + branch.name() + ":\" comes the number of a revision"};
    return moment_at(branch, *revision);
  }
  TALKBACK_ASSIGN(const v1::VersionList versions, api.versions(place.project.id()));
  for (const v1::Version& version : versions.versions())
    if (version.name() == text || version.id() == text) return version.moment();
  for (const v1::Branch& branch : branches.branches())
    if (branch.name() == text || branch.id() == text) return head_of(branch);
  return Error{ErrorCode::not_found, "\"" + text +
                                         "\" is neither a revision nor the name of a version or branch; there are:" +
                                         names_of(branches, versions)};
}

std::string moment_text(const v1::BranchList& branches, const v1::Moment& moment) {
  const auto found = std::ranges::find(branches.branches(), moment.branch_id(), &v1::Branch::id);
  const std::string name = found == branches.branches().end() ? moment.branch_id() : found->name();
  return name + ":" + std::to_string(moment.revision());
}

}  // namespace talkback::project
