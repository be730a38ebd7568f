// The history in SQLite: the `edits` and `snapshots` tables. [any-thread]
#pragma once

#include "server/domain/edit_log.hpp"
#include "server/storage/sqlite/database.hpp"

namespace talkback::storage {

class SqliteEditLog final : public domain::EditLog {
 public:
  explicit SqliteEditLog(Database& database) : database_(database) {}

  void append(domain::EditBatch batch, std::function<void(Result<void>)> done) override;
  Result<std::uint64_t> head(const domain::BranchId& branch) override;
  Result<v1::CommittedBatch> read(const domain::BranchId& branch, std::uint64_t after, int count,
                                  std::size_t bytes_max) override;
  Result<std::vector<domain::EditName>> edit_names(const domain::BranchId& branch) override;
  Result<std::vector<domain::EditName>> find_edits(const domain::BranchId& branch,
                                                   const std::vector<std::string>& edit_ids) override;
  Result<v1::SessionState> snapshot(const domain::BranchId& branch, std::uint64_t at_most) override;
  Result<std::vector<std::uint64_t>> snapshot_revisions(const domain::BranchId& branch) override;
  Result<void> add_snapshot(const domain::BranchId& branch, const v1::SessionState& state) override;

 private:
  Database& database_;
};

}  // namespace talkback::storage
