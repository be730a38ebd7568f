// Where people are in a project's history, as they write it:
//
//   Song                 the main branch of a project            Song@dark chorus     another branch of it
//   57                   a revision of the branch in question    dark chorus:57       of another branch
//   Rough mix 1          a version                               dark chorus          the head of a branch
//   head, or nothing     the head of the branch in question
#pragma once

#include <string>

#include "client/net/api.hpp"

namespace talkback::project {

// A branch of a project.
struct Place {
  v1::Project project;
  v1::Branch branch;

  net::BranchName name() const { return {.project = project.id(), .branch = branch.id()}; }
};

// The main branch, as the project itself tells it.
v1::Branch main_branch_of(const v1::Project& project);

// not_found, with the names that there are.
Result<v1::Branch> find_branch(const v1::BranchList& branches, const std::string& name_or_id);

// The revision is the moment's own: never 0 for "head".
Result<v1::Moment> find_moment(net::Api& api, const Place& place, const std::string& text);

// "main:57"
std::string moment_text(const v1::BranchList& branches, const v1::Moment& moment);

inline net::BranchName branch_of(const Place& place, const v1::Moment& moment) {
  return {.project = place.project.id(), .branch = moment.branch_id()};
}

}  // namespace talkback::project
