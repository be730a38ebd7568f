#include "server/storage/sqlite/branch_store.hpp"

#include "server/storage/sqlite/columns.hpp"

namespace talkback::storage {

using domain::Branch;
using domain::BranchId;

namespace {

Branch branch_at(SQLite::Statement& row) {
  Branch branch{.id = text_at(row, 0),
                .project = text_at(row, 1),
                .name = text_at(row, 2),
                .kind = number_at(row, 3) == 0 ? domain::BranchKind::ordinary : domain::BranchKind::suggestion,
                .base = {},
                .head_revision = revision_at(row, 6),
                .author = text_at(row, 7),
                .created_unix_ms = number_at(row, 8)};
  if (!row.getColumn(4).isNull()) branch.base = {.branch = text_at(row, 4), .revision = revision_at(row, 5)};
  return branch;
}

}  // namespace

Result<void> insert_branch(Connection& connection, const Branch& branch, domain::UserId author) {
  SQLite::Statement& count =
      connection.prepared("SELECT count(branch_id), coalesce(sum(name = ?2), 0) FROM branches WHERE project_id = ?1");
  count.bind(1, branch.project);
  count.bind(2, branch.name);
  count.executeStep();
  if (number_at(count, 1) > 0)
    return Error{ErrorCode::conflict, "this project already has a branch called \"" + branch.name + "\""};
  if (number_at(count, 0) >= domain::kBranchesPerProjectMax)
    return Error{ErrorCode::exhausted, "the project has as many branches as this server allows"};
  SQLite::Statement& version =
      connection.prepared("SELECT count(version_id) FROM versions WHERE project_id = ? AND name = ?");
  version.bind(1, branch.project);
  version.bind(2, branch.name);
  version.executeStep();
  if (number_at(version, 0) > 0)
    return Error{ErrorCode::conflict, "\"" + branch.name + "\" is a version: take another name for the branch"};
  SQLite::Statement& insert = connection.prepared(
      "INSERT INTO branches (branch_id, project_id, name, is_suggestion, base_branch_id, base_revision, created_by,"
      " created_unix_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(1, branch.id);
  insert.bind(2, branch.project);
  insert.bind(3, branch.name);
  insert.bind(4, branch.kind == domain::BranchKind::suggestion ? 1 : 0);
  if (branch.base) {
    insert.bind(5, branch.base->branch);
    bind_number(insert, 6, branch.base->revision);
  } else {
    insert.bind(5);
    insert.bind(6, 0);
  }
  insert.bind(7, author.value);
  insert.bind(8, branch.created_unix_ms);
  insert.exec();
  return {};
}

Result<BranchBase> base_of(Connection& connection, const BranchId& branch) {
  SQLite::Statement& row =
      connection.prepared("SELECT coalesce(base_branch_id, ''), base_revision FROM branches WHERE branch_id = ?");
  row.bind(1, branch);
  if (!row.executeStep()) return Error{ErrorCode::not_found, "there is no branch " + branch};
  return BranchBase{.branch = text_at(row, 0), .revision = revision_at(row, 1)};
}

Result<void> SqliteBranchStore::add(const Branch& branch, domain::UserId author) {
  return database_.write([&](Connection& connection) { return insert_branch(connection, branch, author); });
}

Result<std::optional<Branch>> SqliteBranchStore::find(const BranchId& branch) {
  return database_.read([&](Connection& connection) -> Result<std::optional<Branch>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT branch_id, project_id, branches.name, is_suggestion, base_branch_id, base_revision,"
        " coalesce((SELECT max(revision) FROM edits WHERE edits.branch_id = branches.branch_id), base_revision),"
        " users.shown_name, branches.created_unix_ms FROM branches JOIN users ON users.user_id = branches.created_by"
        " WHERE branch_id = ?");
    row.bind(1, branch);
    if (!row.executeStep()) return std::optional<Branch>();
    return std::optional(branch_at(row));
  });
}

Result<std::vector<Branch>> SqliteBranchStore::list(const domain::ProjectId& project) {
  return database_.read([&](Connection& connection) -> Result<std::vector<Branch>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT branch_id, project_id, branches.name, is_suggestion, base_branch_id, base_revision,"
        " coalesce((SELECT max(revision) FROM edits WHERE edits.branch_id = branches.branch_id), base_revision),"
        " users.shown_name, branches.created_unix_ms FROM branches JOIN users ON users.user_id = branches.created_by"
        " WHERE project_id = ? ORDER BY base_branch_id IS NOT NULL, branches.created_unix_ms, branch_id");
    row.bind(1, project);
    std::vector<Branch> branches;
    while (row.executeStep()) branches.push_back(branch_at(row));
    return branches;
  });
}

}  // namespace talkback::storage
