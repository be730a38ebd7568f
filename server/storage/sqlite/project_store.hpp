// Projects and members in SQLite. [any-thread]
#pragma once

#include "server/domain/projects.hpp"
#include "server/storage/sqlite/database.hpp"

namespace talkback::storage {

class SqliteProjectStore final : public domain::ProjectStore {
 public:
  explicit SqliteProjectStore(Database& database) : database_(database) {}

  Result<void> create(const domain::Project& project, domain::UserId owner, const v1::SessionState& state) override;
  Result<std::optional<domain::Project>> find(const domain::ProjectId& project, domain::UserId user) override;
  Result<std::vector<domain::Project>> list(domain::UserId user) override;
  Result<std::vector<domain::ProjectId>> list_all() override;
  Result<void> set_trashed(const domain::ProjectId& project, std::int64_t trashed_unix_ms) override;
  Result<int> remove_trashed(std::int64_t before_unix_ms) override;
  Result<std::vector<domain::Member>> members(const domain::ProjectId& project) override;
  Result<void> set_member(const domain::ProjectId& project, const domain::Member& member) override;
  Result<void> remove_member(const domain::ProjectId& project, const std::string& user) override;

 private:
  Database& database_;
};

}  // namespace talkback::storage
