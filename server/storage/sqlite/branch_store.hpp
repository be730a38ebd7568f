// Branches in SQLite: the `branches` table. [any-thread]
#pragma once

#include "server/domain/branches.hpp"
#include "server/storage/sqlite/database.hpp"

namespace talkback::storage {

class SqliteBranchStore final : public domain::BranchStore {
 public:
  explicit SqliteBranchStore(Database& database) : database_(database) {}

  Result<void> add(const domain::Branch& branch, domain::UserId author) override;
  Result<std::optional<domain::Branch>> find(const domain::BranchId& branch) override;
  Result<std::vector<domain::Branch>> list(const domain::ProjectId& project) override;

 private:
  Database& database_;
};

// Within a transaction of the caller's.
Result<void> insert_branch(Connection& connection, const domain::Branch& branch, domain::UserId author);

// Where the branch began: 0 for main ones. not_found: there is no such branch.
struct BranchBase {
  domain::BranchId branch;  // empty for main ones
  std::uint64_t revision = 0;
};
Result<BranchBase> base_of(Connection& connection, const domain::BranchId& branch);

}  // namespace talkback::storage
