// Accounts and tokens in SQLite. [any-thread]
#pragma once

#include "server/domain/people.hpp"
#include "server/storage/sqlite/database.hpp"

namespace talkback::storage {

class SqlitePeopleStore final : public domain::PeopleStore {
 public:
  explicit SqlitePeopleStore(Database& database) : database_(database) {}

  Result<domain::User> add_user(const std::string& name, const std::string& password_hash, bool admin,
                                std::int64_t now_unix_ms) override;
  Result<std::optional<StoredUser>> find_user(const std::string& name) override;
  Result<std::vector<domain::User>> list_users() override;
  Result<void> set_disabled(const std::string& name, bool disabled) override;
  Result<void> change_password(domain::UserId user, const std::string& password_hash, domain::TokenId kept) override;
  Result<void> add_token(const domain::StoredToken& token) override;
  Result<std::optional<domain::Caller>> find_token(const Sha256Digest& token_sha256) override;
  Result<void> note_token_use(domain::TokenId token, std::int64_t now_unix_ms) override;
  Result<void> revoke_token(domain::TokenId token) override;

 private:
  Database& database_;
};

}  // namespace talkback::storage
