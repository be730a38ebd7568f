// Projects and their members. A project has one owner, for good; the other roles are the owner's to give.
//
// A project that somebody is not in does not exist for them: they get not_found, as for a wrong id. [worker-thread]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.hpp"
#include "server/domain/people.hpp"
#include "server/domain/policy.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::domain {

inline constexpr std::size_t kProjectNameBytesMax = 100;
inline constexpr int kProjectMembersMax = 200;
inline constexpr int kProjectsPerOwnerMax = 10000;
inline constexpr std::int64_t kTrashLifetimeMs = std::int64_t{30} * 24 * 3600 * 1000;

using ProjectId = std::string;

struct Project {
  ProjectId id;
  std::string name;
  std::string owner;
  std::uint64_t head_revision = 0;
  std::int64_t created_unix_ms = 0;
  std::int64_t changed_unix_ms = 0;
  // In the trash since then; 0: not in it.
  std::int64_t trashed_unix_ms = 0;
  // Of the person who asks.
  v1::Role my_role = v1::ROLE_UNSPECIFIED;
};

struct Member {
  std::string user;
  v1::Role role = v1::ROLE_UNSPECIFIED;
};

class ProjectStore {
 public:
  virtual ~ProjectStore() = default;
  // The state becomes the snapshot of revision 0. conflict: the owner has a project of that name; exhausted: too many.
  virtual Result<void> create(const Project& project, UserId owner, const v1::SessionState& state) = 0;
  // nullopt where the project does not exist or the user is not in it.
  virtual Result<std::optional<Project>> find(const ProjectId& project, UserId user) = 0;
  virtual Result<std::vector<Project>> list(UserId user) = 0;
  // All of them, for verification.
  virtual Result<std::vector<ProjectId>> list_all() = 0;
  // 0 takes it out of the trash.
  virtual Result<void> set_trashed(const ProjectId& project, std::int64_t trashed_unix_ms) = 0;
  // Removes projects that were put into the trash before, with their history; how many.
  virtual Result<int> remove_trashed(std::int64_t before_unix_ms) = 0;
  virtual Result<std::vector<Member>> members(const ProjectId& project) = 0;
  // not_found: no such user; conflict: the owner's role stays; exhausted: too many members.
  virtual Result<void> set_member(const ProjectId& project, const Member& member) = 0;
  // not_found: not a member; conflict: the owner stays.
  virtual Result<void> remove_member(const ProjectId& project, const std::string& user) = 0;
};

class Projects {
 public:
  Projects(ProjectStore& store, Clock& clock, Random& random) : store_(store), clock_(clock), random_(random) {}

  // sample_rate_hz: 0 takes 48000.
  Result<Project> create(const User& owner, const std::string& name, int sample_rate_hz);
  // not_found for strangers, and for what is in the trash (its owner may see and restore it); denied where the role
  // does not allow the action.
  Result<Project> find_allowed(const ProjectId& project, const User& user, Action action);
  Result<std::vector<Project>> list(const User& user) { return store_.list(user.id); }
  Result<std::vector<Member>> members(const ProjectId& project) { return store_.members(project); }
  Result<void> set_member(const ProjectId& project, const Member& member);
  Result<void> trash(const ProjectId& project) { return store_.set_trashed(project, clock_.now_unix_ms()); }
  Result<void> restore(const ProjectId& project) { return store_.set_trashed(project, 0); }
  // What has lain in the trash for kTrashLifetimeMs is gone for good.
  Result<int> empty_trash() { return store_.remove_trashed(clock_.now_unix_ms() - kTrashLifetimeMs); }
  Result<void> remove_member(const ProjectId& project, const std::string& user) {
    return store_.remove_member(project, user);
  }

 private:
  ProjectStore& store_;
  Clock& clock_;
  Random& random_;
};

}  // namespace talkback::domain
