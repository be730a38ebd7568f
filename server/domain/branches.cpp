#include "server/domain/branches.hpp"

#include <algorithm>

#include "engine/base/utf8.hpp"
#include "server/domain/ids.hpp"

namespace talkback::domain {

Result<void> check_moment_name(std::string_view name, std::size_t bytes_max) {
  if (name.empty() || name.size() > bytes_max)
    return Error{ErrorCode::invalid, "a name has 1 to " + std::to_string(bytes_max) + " bytes"};
  if (!is_utf8(name)) return Error{ErrorCode::invalid, "a name is to be UTF-8"};
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(name, is_control) || name.front() == ' ' || name.back() == ' ')
    return Error{ErrorCode::invalid, "a name holds no control characters and neither begins nor ends with a space"};
  if (name.find_first_of("@:") != std::string_view::npos)
    return Error{ErrorCode::invalid, "a name holds neither \"@\" nor \":\": they stand between names"};
  if (std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; }) || name == "head")
    return Error{ErrorCode::invalid, "\"" + std::string(name) + "\" means a revision: take a name with a word in it"};
  return {};
}

Branch main_branch_of(const Project& project) {
  return {.id = project.id,
          .project = project.id,
          .name = kMainBranchName,
          .kind = BranchKind::ordinary,
          .base = {},
          .head_revision = 0,
          .author = project.owner,
          .created_unix_ms = project.created_unix_ms};
}

Result<Branch> Branches::find(const ProjectId& project, const BranchId& branch) {
  TALKBACK_ASSIGN(auto found, store_.find(branch.empty() ? project : branch));
  if (!found || found->project != project) return Error{ErrorCode::not_found, "this project has no branch " + branch};
  return *std::move(found);
}

Result<Moment> Branches::resolve(const ProjectId& project, const Moment& wanted) {
  TALKBACK_ASSIGN(const Branch branch, find(project, wanted.branch));
  if (wanted.revision > branch.head_revision)
    return Error{ErrorCode::not_found, "\"" + branch.name + "\" has no revision " + std::to_string(wanted.revision) +
                                           "; the head is " + std::to_string(branch.head_revision)};
  return Moment{.branch = branch.id, .revision = wanted.revision == 0 ? branch.head_revision : wanted.revision};
}

Result<Branch> Branches::prepare(const ProjectId& project, const User& author, const std::string& name, BranchKind kind,
                                 const Moment& base) {
  TALKBACK_ASSIGN(Moment begin, resolve(project, base));
  // What a branch shares with its base belongs to the base: the new one begins there.
  for (;;) {
    TALKBACK_ASSIGN(const Branch from, find(project, begin.branch));
    if (!from.base || begin.revision > from.base->revision) break;
    begin.branch = from.base->branch;
  }
  return Branch{.id = new_id(random_),
                .project = project,
                .name = name,
                .kind = kind,
                .base = begin,
                .head_revision = begin.revision,
                .author = author.name,
                .created_unix_ms = clock_.now_unix_ms()};
}

Result<Branch> Branches::create(const ProjectId& project, const User& author, const std::string& name,
                                const Moment& base) {
  TALKBACK_TRY(check_moment_name(name, kBranchNameBytesMax));
  if (name.starts_with("suggestion-"))
    return Error{ErrorCode::invalid, "names that begin with \"suggestion-\" are those of suggestions"};
  TALKBACK_ASSIGN(Branch branch, prepare(project, author, name, BranchKind::ordinary, base));
  TALKBACK_TRY(store_.add(branch, author.id));
  return branch;
}

}  // namespace talkback::domain
