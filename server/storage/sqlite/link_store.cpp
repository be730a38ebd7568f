#include "server/storage/sqlite/link_store.hpp"

#include "server/storage/sqlite/columns.hpp"

namespace talkback::storage {

using domain::Link;
using domain::ProjectId;
using domain::UserId;

namespace {

// The number of the next link of the project.
Result<std::uint64_t> next_number(Connection& connection, const ProjectId& project, std::int64_t now_unix_ms) {
  SQLite::Statement& count = connection.prepared(
      "SELECT coalesce(max(links.number), 0), count(tokens.token_id) FROM links"
      " LEFT JOIN tokens ON tokens.user_id = links.user_id AND tokens.expires_unix_ms > ? WHERE project_id = ?");
  count.bind(1, now_unix_ms);
  count.bind(2, project);
  count.executeStep();
  if (number_at(count, 1) >= domain::kOpenLinksPerProjectMax)
    return Error{ErrorCode::exhausted, "the project has as many open links as this server allows: revoke some"};
  if (number_at(count, 0) >= domain::kLinksPerProjectMax)
    return Error{ErrorCode::exhausted, "the project has had as many links as this server allows"};
  return static_cast<std::uint64_t>(number_at(count, 0)) + 1;
}

// Two who are called alike could not be told apart in the history.
Result<void> check_name(Connection& connection, const ProjectId& project, const Link& link) {
  SQLite::Statement& same = connection.prepared(
      "SELECT links.number FROM links JOIN users ON users.user_id = links.user_id"
      " JOIN tokens ON tokens.user_id = links.user_id AND tokens.expires_unix_ms > ?"
      " WHERE links.project_id = ? AND users.link_name = ?");
  same.bind(1, link.created_unix_ms);
  same.bind(2, project);
  same.bind(3, link.name);
  if (!same.executeStep()) return {};
  return Error{ErrorCode::conflict, "link " + std::to_string(number_at(same, 0)) + " is for \"" + link.name +
                                        "\" already: give another name, or revoke that one first"};
}

UserId insert_person(Connection& connection, const Link& link, const std::string& handle) {
  SQLite::Statement& insert = connection.prepared(
      "INSERT INTO users (name, password_hash, admin, created_unix_ms, link_name) VALUES (?, '', 0, ?, ?)");
  insert.bind(1, handle);
  insert.bind(2, link.created_unix_ms);
  insert.bind(3, link.name);
  insert.exec();
  return {connection.database().getLastInsertRowid()};
}

void insert_rights(Connection& connection, const ProjectId& project, const Link& link, UserId user,
                   const Sha256Digest& secret_sha256) {
  SQLite::Statement& member = connection.prepared("INSERT INTO members (project_id, user_id, role) VALUES (?, ?, ?)");
  member.bind(1, project);
  member.bind(2, user.value);
  member.bind(3, static_cast<int>(link.role));
  member.exec();
  SQLite::Statement& token = connection.prepared(
      "INSERT INTO tokens (user_id, token_sha256, label, created_unix_ms, expires_unix_ms, last_used_unix_ms)"
      " VALUES (?, ?, 'link', ?, ?, 0)");
  token.bind(1, user.value);
  bind_blob(token, 2, secret_sha256);
  token.bind(3, link.created_unix_ms);
  token.bind(4, link.expires_unix_ms);
  token.exec();
}

void take_rights(Connection& connection, UserId user) {
  for (const char* removal : {"DELETE FROM tokens WHERE user_id = ?", "DELETE FROM members WHERE user_id = ?"}) {
    SQLite::Statement& statement = connection.prepared(removal);
    statement.bind(1, user.value);
    statement.exec();
  }
}

}  // namespace

Result<Link> SqliteLinkStore::add(const ProjectId& project, Link link, UserId maker, const std::string& handle,
                                  const Sha256Digest& secret_sha256) {
  const auto stored = database_.write([&](Connection& connection) -> Result<void> {
    TALKBACK_ASSIGN(link.number, next_number(connection, project, link.created_unix_ms));
    if (link.name.empty()) link.name = domain::link_name("guest " + std::to_string(link.number));
    TALKBACK_TRY(check_name(connection, project, link));
    const UserId user = insert_person(connection, link, handle);
    insert_rights(connection, project, link, user, secret_sha256);
    SQLite::Statement& insert = connection.prepared(
        "INSERT INTO links (project_id, number, user_id, role, version_id, created_by, created_unix_ms,"
        " expires_unix_ms) VALUES (?1, ?2, ?3, ?4, nullif(?5, ''), ?6, ?7, ?8)");
    insert.bind(1, project);
    bind_number(insert, 2, link.number);
    insert.bind(3, user.value);
    insert.bind(4, static_cast<int>(link.role));
    insert.bind(5, link.version_id);
    insert.bind(6, maker.value);
    insert.bind(7, link.created_unix_ms);
    insert.bind(8, link.expires_unix_ms);
    insert.exec();
    return {};
  });
  if (!stored) return stored.error();
  return link;
}

Result<std::vector<Link>> SqliteLinkStore::list(const ProjectId& project) {
  return database_.read([&](Connection& connection) -> Result<std::vector<Link>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT links.number, users.shown_name, links.role, coalesce(links.version_id, ''),"
        " coalesce(versions.name, ''), makers.shown_name, links.created_unix_ms, links.expires_unix_ms,"
        " coalesce(tokens.last_used_unix_ms, 0), tokens.token_id IS NULL FROM links"
        " JOIN users ON users.user_id = links.user_id JOIN users AS makers ON makers.user_id = links.created_by"
        " LEFT JOIN versions ON versions.version_id = links.version_id"
        " LEFT JOIN tokens ON tokens.user_id = links.user_id WHERE links.project_id = ? ORDER BY links.number DESC");
    row.bind(1, project);
    std::vector<Link> links;
    while (row.executeStep())
      links.push_back({.number = static_cast<std::uint64_t>(number_at(row, 0)),
                       .name = text_at(row, 1),
                       .role = static_cast<v1::Role>(number_at(row, 2)),
                       .version_id = text_at(row, 3),
                       .version_name = text_at(row, 4),
                       .made_by = text_at(row, 5),
                       .created_unix_ms = number_at(row, 6),
                       .expires_unix_ms = number_at(row, 7),
                       .last_used_unix_ms = number_at(row, 8),
                       .revoked = number_at(row, 9) != 0});
    return links;
  });
}

Result<UserId> SqliteLinkStore::revoke(const ProjectId& project, std::uint64_t number) {
  UserId user;
  TALKBACK_TRY(database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& row = connection.prepared("SELECT user_id FROM links WHERE project_id = ? AND number = ?");
    row.bind(1, project);
    bind_number(row, 2, number);
    if (!row.executeStep()) return Error{ErrorCode::not_found, "this project has no link " + std::to_string(number)};
    user = {number_at(row, 0)};
    take_rights(connection, user);
    return {};
  }));
  return user;
}

Result<std::vector<UserId>> SqliteLinkStore::revoke_made_by(const ProjectId& project, const std::string& maker) {
  std::vector<UserId> users;
  TALKBACK_TRY(database_.write([&](Connection& connection) -> Result<void> {
    users.clear();
    SQLite::Statement& row = connection.prepared(
        "SELECT links.user_id FROM links JOIN users ON users.user_id = links.created_by"
        " WHERE links.project_id = ? AND users.name = ?");
    row.bind(1, project);
    row.bind(2, maker);
    while (row.executeStep()) users.push_back({number_at(row, 0)});
    for (const UserId user : users) take_rights(connection, user);
    return {};
  }));
  return users;
}

}  // namespace talkback::storage
