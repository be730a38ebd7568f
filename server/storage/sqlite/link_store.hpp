// Links in SQLite. [any-thread]
#pragma once

#include "server/domain/links.hpp"
#include "server/storage/sqlite/database.hpp"

namespace talkback::storage {

class SqliteLinkStore final : public domain::LinkStore {
 public:
  explicit SqliteLinkStore(Database& database) : database_(database) {}

  Result<domain::Link> add(const domain::ProjectId& project, domain::Link link, domain::UserId maker,
                           const std::string& handle, const Sha256Digest& secret_sha256) override;
  Result<std::vector<domain::Link>> list(const domain::ProjectId& project) override;
  Result<domain::UserId> revoke(const domain::ProjectId& project, std::uint64_t number) override;
  Result<std::vector<domain::UserId>> revoke_made_by(const domain::ProjectId& project,
                                                     const std::string& maker) override;

 private:
  Database& database_;
};

}  // namespace talkback::storage
