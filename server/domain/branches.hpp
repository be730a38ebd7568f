// Branches of a project: lines of revisions that begin at a moment of another one.
//
// A branch shares the revisions of its base up to where it began; its own follow on with the next number. The main
// branch has its project's id. Branches are never taken away alone: the history of whoever began at them stays.
// [worker-thread]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.hpp"
#include "server/domain/outside.hpp"
#include "server/domain/people.hpp"
#include "server/domain/projects.hpp"

namespace talkback::domain {

inline constexpr std::size_t kBranchNameBytesMax = 100;
inline constexpr int kBranchesPerProjectMax = 1000;

using BranchId = std::string;

struct Moment {
  BranchId branch;
  std::uint64_t revision = 0;
  friend bool operator==(const Moment&, const Moment&) = default;
};

enum class BranchKind { ordinary, suggestion };

struct Branch {
  BranchId id;
  ProjectId project;
  std::string name;
  BranchKind kind = BranchKind::ordinary;
  // Where it began; none for the main branch.
  std::optional<Moment> base;
  std::uint64_t head_revision = 0;
  std::string author;
  std::int64_t created_unix_ms = 0;
};

inline constexpr const char* kMainBranchName = "main";

// The one that every project begins with.
Branch main_branch_of(const Project& project);

class BranchStore {
 public:
  virtual ~BranchStore() = default;
  // conflict: the project has a branch of that name; exhausted: kBranchesPerProjectMax.
  virtual Result<void> add(const Branch& branch, UserId author) = 0;
  virtual Result<std::optional<Branch>> find(const BranchId& branch) = 0;
  // The main branch first, then in the order in which they were made.
  virtual Result<std::vector<Branch>> list(const ProjectId& project) = 0;
};

class Branches {
 public:
  Branches(BranchStore& store, Clock& clock, Random& random) : store_(store), clock_(clock), random_(random) {}

  // Empty id: the main branch. not_found where the project has no such branch.
  Result<Branch> find(const ProjectId& project, const BranchId& branch);
  Result<std::vector<Branch>> list(const ProjectId& project) { return store_.list(project); }

  // A moment as somebody names it: an empty branch is the main one, revision 0 its head. not_found where there is none.
  Result<Moment> resolve(const ProjectId& project, const Moment& wanted);

  // invalid: no name, or one that means something else where moments are named; conflict: the name is taken.
  Result<Branch> create(const ProjectId& project, const User& author, const std::string& name, const Moment& base);

  // A branch as create() would store it, with an id.
  Result<Branch> prepare(const ProjectId& project, const User& author, const std::string& name, BranchKind kind,
                         const Moment& base);

 private:
  BranchStore& store_;
  Clock& clock_;
  Random& random_;
};

// What branches and versions may be called: no control characters, neither ':' nor '@', which part a name from what
// belongs to it, and not a number alone, which names a revision.
Result<void> check_moment_name(std::string_view name, std::size_t bytes_max);

}  // namespace talkback::domain
