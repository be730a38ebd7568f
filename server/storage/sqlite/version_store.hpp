// Versions in SQLite: the `versions` and `version_awaited_blobs` tables. [any-thread]
#pragma once

#include "server/domain/versions.hpp"
#include "server/storage/sqlite/database.hpp"

namespace talkback::storage {

class SqliteVersionStore final : public domain::VersionStore {
 public:
  explicit SqliteVersionStore(Database& database) : database_(database) {}

  Result<void> add(const domain::Version& version, domain::UserId author) override;
  Result<std::vector<domain::Version>> list(const domain::ProjectId& project, domain::UserId viewer) override;
  Result<void> pin(const std::string& version_id, const std::string& render_id) override;
  Result<std::vector<domain::Version>> take_completed(const domain::ProjectId& project) override;

 private:
  Database& database_;
};

}  // namespace talkback::storage
