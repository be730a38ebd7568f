#include "server/storage/sqlite/people_store.hpp"

#include "server/storage/sqlite/columns.hpp"

namespace talkback::storage {

using domain::Caller;
using domain::TokenId;
using domain::User;
using domain::UserId;

Result<User> SqlitePeopleStore::add_user(const std::string& name, const std::string& password_hash, bool admin,
                                         std::int64_t now_unix_ms) {
  User user{.id = {}, .name = name, .admin = admin};
  TALKBACK_TRY(database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& known = connection.prepared("SELECT 1 FROM users WHERE name = ?");
    known.bind(1, name);
    if (known.executeStep()) return Error{ErrorCode::conflict, "there is already somebody called " + name};
    SQLite::Statement& insert =
        connection.prepared("INSERT INTO users (name, password_hash, admin, created_unix_ms) VALUES (?, ?, ?, ?)");
    insert.bind(1, name);
    insert.bind(2, password_hash);
    insert.bind(3, admin ? 1 : 0);
    insert.bind(4, now_unix_ms);
    insert.exec();
    user.id.value = connection.database().getLastInsertRowid();
    return {};
  }));
  return user;
}

Result<std::optional<domain::PeopleStore::StoredUser>> SqlitePeopleStore::find_user(const std::string& name) {
  return database_.read([&](Connection& connection) -> Result<std::optional<StoredUser>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT user_id, name, admin, CASE WHEN disabled THEN '' ELSE password_hash END FROM users"
        " WHERE name = ? AND link_name IS NULL");
    row.bind(1, name);
    if (!row.executeStep()) return std::optional<StoredUser>();
    return std::optional(
        StoredUser{.user = {.id = {number_at(row, 0)}, .name = text_at(row, 1), .admin = number_at(row, 2) != 0},
                   .password_hash = text_at(row, 3)});
  });
}

Result<std::vector<User>> SqlitePeopleStore::list_users() {
  return database_.read([](Connection& connection) -> Result<std::vector<User>> {
    std::vector<User> users;
    SQLite::Statement& row =
        connection.prepared("SELECT user_id, name, admin, disabled FROM users WHERE link_name IS NULL ORDER BY name");
    while (row.executeStep())
      users.push_back({.id = {number_at(row, 0)},
                       .name = text_at(row, 1),
                       .admin = number_at(row, 2) != 0,
                       .disabled = number_at(row, 3) != 0});
    return users;
  });
}

Result<void> SqlitePeopleStore::set_disabled(const std::string& name, bool disabled) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& update =
        connection.prepared("UPDATE users SET disabled = ? WHERE name = ? AND link_name IS NULL");
    update.bind(1, disabled ? 1 : 0);
    update.bind(2, name);
    if (update.exec() == 0) return Error{ErrorCode::not_found, "nobody here is called " + name};
    SQLite::Statement& revoke =
        connection.prepared("DELETE FROM tokens WHERE user_id = (SELECT user_id FROM users WHERE name = ?)");
    revoke.bind(1, name);
    revoke.exec();
    if (!disabled) return {};
    for (const char* removal :
         {"DELETE FROM tokens WHERE user_id IN (SELECT links.user_id FROM links JOIN users ON users.user_id ="
          " links.created_by WHERE users.name = ?)",
          "DELETE FROM members WHERE user_id IN (SELECT links.user_id FROM links JOIN users ON users.user_id ="
          " links.created_by WHERE users.name = ?)"}) {
      SQLite::Statement& links = connection.prepared(removal);
      links.bind(1, name);
      links.exec();
    }
    return {};
  });
}

Result<void> SqlitePeopleStore::change_password(UserId user, const std::string& password_hash, TokenId kept) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& update = connection.prepared("UPDATE users SET password_hash = ? WHERE user_id = ?");
    update.bind(1, password_hash);
    update.bind(2, user.value);
    update.exec();
    SQLite::Statement& revoke = connection.prepared("DELETE FROM tokens WHERE user_id = ? AND token_id <> ?");
    revoke.bind(1, user.value);
    revoke.bind(2, kept.value);
    revoke.exec();
    return {};
  });
}

Result<void> SqlitePeopleStore::add_token(const domain::StoredToken& token) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& insert = connection.prepared(
        "INSERT INTO tokens (user_id, token_sha256, label, created_unix_ms, expires_unix_ms, last_used_unix_ms)"
        " VALUES (?, ?, ?, ?, ?, ?)");
    insert.bind(1, token.user.value);
    bind_blob(insert, 2, token.token_sha256);
    insert.bind(3, token.label);
    insert.bind(4, token.created_unix_ms);
    insert.bind(5, token.expires_unix_ms);
    insert.bind(6, token.created_unix_ms);
    insert.exec();
    SQLite::Statement& thin = connection.prepared(
        "DELETE FROM tokens WHERE user_id = ?1 AND (expires_unix_ms <= ?2 OR token_id NOT IN"
        " (SELECT token_id FROM tokens WHERE user_id = ?1 ORDER BY token_id DESC LIMIT ?3))");
    thin.bind(1, token.user.value);
    thin.bind(2, token.created_unix_ms);
    thin.bind(3, domain::kTokensPerUserMax);
    thin.exec();
    return {};
  });
}

Result<std::optional<Caller>> SqlitePeopleStore::find_token(const Sha256Digest& token_sha256) {
  return database_.read([&](Connection& connection) -> Result<std::optional<Caller>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT users.user_id, users.shown_name, users.admin, tokens.token_id, tokens.expires_unix_ms,"
        " tokens.last_used_unix_ms, users.link_name IS NOT NULL, coalesce(links.version_id, ''),"
        " coalesce(members.role, 0) FROM tokens JOIN users ON users.user_id = tokens.user_id"
        " LEFT JOIN links ON links.user_id = users.user_id"
        " LEFT JOIN members ON members.project_id = links.project_id AND members.user_id = links.created_by"
        " WHERE tokens.token_sha256 = ? AND users.disabled = 0");
    bind_blob(row, 1, token_sha256);
    if (!row.executeStep()) return std::optional<Caller>();
    Caller caller{.user = {.id = {number_at(row, 0)}, .name = text_at(row, 1), .admin = number_at(row, 2) != 0},
                  .token = {number_at(row, 3)},
                  .token_expires_unix_ms = number_at(row, 4),
                  .token_used_unix_ms = number_at(row, 5)};
    if (number_at(row, 6) != 0)
      caller.link =
          domain::LinkScope{.version_id = text_at(row, 7), .maker_role = static_cast<v1::Role>(number_at(row, 8))};
    return std::optional(std::move(caller));
  });
}

Result<void> SqlitePeopleStore::note_token_use(TokenId token, std::int64_t now_unix_ms) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& update = connection.prepared("UPDATE tokens SET last_used_unix_ms = ? WHERE token_id = ?");
    update.bind(1, now_unix_ms);
    update.bind(2, token.value);
    update.exec();
    return {};
  });
}

Result<void> SqlitePeopleStore::revoke_token(TokenId token) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& revoke = connection.prepared("DELETE FROM tokens WHERE token_id = ?");
    revoke.bind(1, token.value);
    revoke.exec();
    return {};
  });
}

}  // namespace talkback::storage
