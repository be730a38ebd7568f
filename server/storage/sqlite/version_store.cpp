#include "server/storage/sqlite/version_store.hpp"

#include <algorithm>

#include "server/storage/sqlite/columns.hpp"

namespace talkback::storage {

using domain::Version;

namespace {

Result<void> check_name(Connection& connection, const Version& version) {
  SQLite::Statement& count =
      connection.prepared("SELECT count(version_id), coalesce(sum(name = ?2), 0) FROM versions WHERE project_id = ?1");
  count.bind(1, version.project);
  count.bind(2, version.name);
  count.executeStep();
  if (number_at(count, 1) > 0)
    return Error{ErrorCode::conflict, "this project already has a version called \"" + version.name + "\""};
  if (number_at(count, 0) >= domain::kVersionsPerProjectMax)
    return Error{ErrorCode::exhausted, "the project has as many versions as this server allows"};
  SQLite::Statement& branch =
      connection.prepared("SELECT count(branch_id) FROM branches WHERE project_id = ? AND name = ?");
  branch.bind(1, version.project);
  branch.bind(2, version.name);
  branch.executeStep();
  if (number_at(branch, 0) > 0)
    return Error{ErrorCode::conflict, "\"" + version.name + "\" is a branch: take another name for the version"};
  return {};
}

}  // namespace

Result<void> SqliteVersionStore::add(const Version& version, domain::UserId author) {
  return database_.write([&](Connection& connection) -> Result<void> {
    TALKBACK_TRY(check_name(connection, version));
    SQLite::Statement& insert = connection.prepared(
        "INSERT INTO versions (version_id, project_id, name, note, branch_id, revision, created_by, created_unix_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, version.id);
    insert.bind(2, version.project);
    insert.bind(3, version.name);
    insert.bind(4, version.note);
    insert.bind(5, version.moment.branch);
    bind_number(insert, 6, version.moment.revision);
    insert.bind(7, author.value);
    insert.bind(8, version.created_unix_ms);
    insert.exec();
    for (const Sha256Digest& sha256 : version.awaited) {
      SQLite::Statement& awaited =
          connection.prepared("INSERT OR IGNORE INTO version_awaited_blobs (version_id, sha256) VALUES (?, ?)");
      awaited.bind(1, version.id);
      bind_blob(awaited, 2, sha256);
      awaited.exec();
    }
    return {};
  });
}

Result<std::vector<Version>> SqliteVersionStore::list(const domain::ProjectId& project, domain::UserId viewer) {
  return database_.read([&](Connection& connection) -> Result<std::vector<Version>> {
    std::vector<Version> versions;
    SQLite::Statement& row = connection.prepared(
        "SELECT version_id, versions.name, note, branch_id, revision, users.shown_name, versions.created_unix_ms,"
        " coalesce(render_id, ''), versions.created_by FROM versions JOIN users ON users.user_id = versions.created_by"
        " WHERE project_id = ? ORDER BY versions.created_unix_ms DESC, version_id");
    row.bind(1, project);
    std::vector<domain::UserId> authors;
    while (row.executeStep()) {
      versions.push_back({.id = text_at(row, 0),
                          .project = project,
                          .name = text_at(row, 1),
                          .note = text_at(row, 2),
                          .moment = {.branch = text_at(row, 3), .revision = revision_at(row, 4)},
                          .author = text_at(row, 5),
                          .created_unix_ms = number_at(row, 6),
                          .render_id = text_at(row, 7),
                          .awaited = {}});
      authors.push_back({number_at(row, 8)});
    }
    for (std::size_t i = 0; i < versions.size(); ++i) {
      SQLite::Statement& awaited = connection.prepared(
          "SELECT sha256 FROM version_awaited_blobs WHERE version_id = ? AND sha256 NOT IN"
          " (SELECT sha256 FROM project_blobs WHERE project_id = ?)");
      awaited.bind(1, versions[i].id);
      awaited.bind(2, project);
      while (awaited.executeStep()) {
        TALKBACK_ASSIGN(versions[i].awaited.emplace_back(), digest_at(awaited, 0));
      }
      if (!versions[i].awaited.empty() && !(authors[i] == viewer)) versions[i].id.clear();
    }
    std::erase_if(versions, [](const Version& version) { return version.id.empty(); });
    return versions;
  });
}

Result<std::vector<Version>> SqliteVersionStore::take_completed(const domain::ProjectId& project) {
  std::vector<std::string> ids;
  const auto find = [&](Connection& connection) -> Result<void> {
    ids.clear();
    SQLite::Statement& row = connection.prepared(
        "SELECT version_id FROM versions WHERE project_id = ?1 AND version_id IN"
        " (SELECT version_id FROM version_awaited_blobs) AND NOT EXISTS"
        " (SELECT sha256 FROM version_awaited_blobs WHERE version_awaited_blobs.version_id = versions.version_id AND"
        " sha256 NOT IN (SELECT sha256 FROM project_blobs WHERE project_id = ?1))");
    row.bind(1, project);
    while (row.executeStep()) ids.push_back(text_at(row, 0));
    return {};
  };
  // Mostly there are none, and nothing is to be written.
  if (const auto found = database_.read(find); !found) return found.error();
  if (ids.empty()) return std::vector<Version>();
  const auto forgotten = database_.write([&](Connection& connection) -> Result<void> {
    TALKBACK_TRY(find(connection));
    for (const std::string& id : ids) {
      SQLite::Statement& forget = connection.prepared("DELETE FROM version_awaited_blobs WHERE version_id = ?");
      forget.bind(1, id);
      forget.exec();
    }
    return {};
  });
  if (!forgotten) return forgotten.error();
  // Nothing is awaited any more: everybody sees them.
  TALKBACK_ASSIGN(std::vector<Version> versions, list(project, domain::UserId{}));
  std::erase_if(versions, [&](const Version& version) { return std::ranges::find(ids, version.id) == ids.end(); });
  return versions;
}

Result<void> SqliteVersionStore::pin(const std::string& version_id, const std::string& render_id) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& update = connection.prepared("UPDATE versions SET render_id = ? WHERE version_id = ?");
    update.bind(1, render_id);
    update.bind(2, version_id);
    update.exec();
    return {};
  });
}

}  // namespace talkback::storage
