// Render jobs and artifacts in SQLite. [any-thread]
#pragma once

#include "server/domain/outside.hpp"
#include "server/domain/renders.hpp"
#include "server/storage/sqlite/database.hpp"

namespace talkback::storage {

class SqliteRenderStore final : public domain::RenderStore {
 public:
  explicit SqliteRenderStore(Database& database) : database_(database) {}

  Result<void> add(const domain::Render& render) override;
  Result<std::optional<domain::Render>> find(const std::string& render_id) override;
  Result<std::vector<domain::Render>> list(const domain::ProjectId& project, int count) override;
  Result<std::vector<domain::Render>> open() override;
  Result<void> change(const domain::Render& render) override;

 private:
  Database& database_;
};

}  // namespace talkback::storage
