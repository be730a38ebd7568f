#include "server/storage/sqlite/project_store.hpp"

#include "server/storage/sqlite/branch_store.hpp"
#include "server/storage/sqlite/columns.hpp"

namespace talkback::storage {

using domain::Member;
using domain::Project;
using domain::ProjectId;
using domain::UserId;

namespace {

Project project_at(SQLite::Statement& row) {
  return {.id = text_at(row, 0),
          .name = text_at(row, 1),
          .owner = text_at(row, 2),
          .head_revision = revision_at(row, 3),
          .created_unix_ms = number_at(row, 4),
          .changed_unix_ms = number_at(row, 5),
          .trashed_unix_ms = number_at(row, 7),
          .my_role = static_cast<v1::Role>(number_at(row, 6))};
}

void insert_member(Connection& connection, const ProjectId& project, UserId user, v1::Role role) {
  SQLite::Statement& insert = connection.prepared(
      "INSERT INTO members (project_id, user_id, role) VALUES (?, ?, ?)"
      " ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role");
  insert.bind(1, project);
  insert.bind(2, user.value);
  insert.bind(3, static_cast<int>(role));
  insert.exec();
}

// What refers to something goes before it. Links stay among the people, without rights: whether an edit is theirs would
// be found only by reading every edit.
void remove_project(Connection& connection, const ProjectId& project) {
  for (const char* removal :
       {"DELETE FROM tokens WHERE user_id IN (SELECT user_id FROM links WHERE project_id = ?)",
        "DELETE FROM links WHERE project_id = ?",
        "DELETE FROM suggestion_items WHERE branch_id IN (SELECT branch_id FROM branches WHERE project_id = ?)",
        "DELETE FROM suggestions WHERE project_id = ?",
        "DELETE FROM version_awaited_blobs WHERE version_id IN (SELECT version_id FROM versions WHERE project_id = ?)",
        "DELETE FROM versions WHERE project_id = ?",
        "DELETE FROM render_warnings WHERE render_id IN (SELECT render_id FROM renders WHERE project_id = ?)",
        "DELETE FROM artifacts WHERE render_id IN (SELECT render_id FROM renders WHERE project_id = ?)",
        "DELETE FROM renders WHERE project_id = ?", "DELETE FROM project_blobs WHERE project_id = ?",
        "DELETE FROM uploads WHERE project_id = ?",
        "DELETE FROM edits WHERE branch_id IN (SELECT branch_id FROM branches WHERE project_id = ?)",
        "DELETE FROM snapshots WHERE branch_id IN (SELECT branch_id FROM branches WHERE project_id = ?)",
        // A branch may be the base of another: the reference is let go of first.
        "UPDATE branches SET base_branch_id = NULL WHERE project_id = ?", "DELETE FROM branches WHERE project_id = ?",
        "DELETE FROM members WHERE project_id = ?", "DELETE FROM projects WHERE project_id = ?"}) {
    SQLite::Statement& statement = connection.prepared(removal);
    statement.bind(1, project);
    statement.exec();
  }
}

// The user and the role they have in the project, 0 for none.
struct Found {
  UserId user;
  v1::Role role;
};

Result<Found> find_person(Connection& connection, const ProjectId& project, const std::string& user) {
  SQLite::Statement& row = connection.prepared(
      "SELECT users.user_id, coalesce(members.role, 0) FROM users"
      " LEFT JOIN members ON members.user_id = users.user_id AND members.project_id = ? WHERE users.name = ? AND"
      " users.link_name IS NULL");
  row.bind(1, project);
  row.bind(2, user);
  if (!row.executeStep()) return Error{ErrorCode::not_found, "nobody here is called " + user};
  return Found{.user = {number_at(row, 0)}, .role = static_cast<v1::Role>(number_at(row, 1))};
}

}  // namespace

Result<void> SqliteProjectStore::create(const Project& project, UserId owner, const v1::SessionState& state) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& count =
        connection.prepared("SELECT count(project_id), coalesce(sum(name = ?2), 0) FROM projects WHERE owner_id = ?1");
    count.bind(1, owner.value);
    count.bind(2, project.name);
    count.executeStep();
    if (number_at(count, 1) > 0)
      return Error{ErrorCode::conflict, "you already have a project called \"" + project.name + "\""};
    if (number_at(count, 0) >= domain::kProjectsPerOwnerMax)
      return Error{ErrorCode::exhausted, "you own as many projects as this server allows"};

    SQLite::Statement& insert = connection.prepared(
        "INSERT INTO projects (project_id, owner_id, name, created_unix_ms, changed_unix_ms) VALUES (?, ?, ?, ?, ?)");
    insert.bind(1, project.id);
    insert.bind(2, owner.value);
    insert.bind(3, project.name);
    insert.bind(4, project.created_unix_ms);
    insert.bind(5, project.created_unix_ms);
    insert.exec();
    insert_member(connection, project.id, owner, v1::OWNER);
    TALKBACK_TRY(insert_branch(connection, domain::main_branch_of(project), owner));
    SQLite::Statement& snapshot =
        connection.prepared("INSERT INTO snapshots (branch_id, revision, state) VALUES (?, 0, ?)");
    snapshot.bind(1, project.id);
    bind_blob(snapshot, 2, state.SerializeAsString());
    snapshot.exec();
    return {};
  });
}

Result<std::optional<Project>> SqliteProjectStore::find(const ProjectId& project, UserId user) {
  return database_.read([&](Connection& connection) -> Result<std::optional<Project>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT projects.project_id, projects.name, users.name,"
        " (SELECT coalesce(max(edits.revision), 0) FROM edits WHERE edits.branch_id = projects.project_id),"
        " projects.created_unix_ms, projects.changed_unix_ms, members.role, projects.trashed_unix_ms"
        " FROM projects JOIN members ON members.project_id = projects.project_id"
        " JOIN users ON users.user_id = projects.owner_id WHERE projects.project_id = ? AND members.user_id = ?");
    row.bind(1, project);
    row.bind(2, user.value);
    if (!row.executeStep()) return std::optional<Project>();
    return std::optional(project_at(row));
  });
}

Result<std::vector<Project>> SqliteProjectStore::list(UserId user) {
  return database_.read([&](Connection& connection) -> Result<std::vector<Project>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT projects.project_id, projects.name, users.name,"
        " (SELECT coalesce(max(edits.revision), 0) FROM edits WHERE edits.branch_id = projects.project_id),"
        " projects.created_unix_ms, projects.changed_unix_ms, members.role, projects.trashed_unix_ms"
        " FROM projects JOIN members ON members.project_id = projects.project_id"
        " JOIN users ON users.user_id = projects.owner_id WHERE members.user_id = ?"
        " AND (projects.trashed_unix_ms = 0 OR projects.owner_id = members.user_id) ORDER BY projects.changed_unix_ms "
        "DESC, projects.project_id");
    row.bind(1, user.value);
    std::vector<Project> projects;
    while (row.executeStep()) projects.push_back(project_at(row));
    return projects;
  });
}

Result<std::vector<ProjectId>> SqliteProjectStore::list_all() {
  return database_.read([](Connection& connection) -> Result<std::vector<ProjectId>> {
    std::vector<ProjectId> projects;
    SQLite::Statement& row = connection.prepared("SELECT project_id FROM projects ORDER BY project_id");
    while (row.executeStep()) projects.push_back(text_at(row, 0));
    return projects;
  });
}

Result<void> SqliteProjectStore::set_trashed(const ProjectId& project, std::int64_t trashed_unix_ms) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& update = connection.prepared("UPDATE projects SET trashed_unix_ms = ? WHERE project_id = ?");
    update.bind(1, trashed_unix_ms);
    update.bind(2, project);
    update.exec();
    return {};
  });
}

Result<void> SqliteProjectStore::remove(const ProjectId& project) {
  return database_.write([&](Connection& connection) -> Result<void> {
    remove_project(connection, project);
    return {};
  });
}

Result<int> SqliteProjectStore::remove_trashed(std::int64_t before_unix_ms) {
  int removed = 0;
  TALKBACK_TRY(database_.write([&](Connection& connection) -> Result<void> {
    std::vector<ProjectId> gone;
    SQLite::Statement& row =
        connection.prepared("SELECT project_id FROM projects WHERE trashed_unix_ms BETWEEN 1 AND ?");
    row.bind(1, before_unix_ms);
    while (row.executeStep()) gone.push_back(text_at(row, 0));
    for (const ProjectId& project : gone) remove_project(connection, project);
    removed = static_cast<int>(gone.size());
    return {};
  }));
  return removed;
}

Result<std::vector<Member>> SqliteProjectStore::members(const ProjectId& project) {
  return database_.read([&](Connection& connection) -> Result<std::vector<Member>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT users.name, members.role FROM members JOIN users ON users.user_id = members.user_id"
        " WHERE members.project_id = ? AND users.link_name IS NULL ORDER BY members.role, users.name");
    row.bind(1, project);
    std::vector<Member> members;
    while (row.executeStep())
      members.push_back({.user = text_at(row, 0), .role = static_cast<v1::Role>(number_at(row, 1))});
    return members;
  });
}

Result<void> SqliteProjectStore::set_member(const ProjectId& project, const Member& member) {
  return database_.write([&](Connection& connection) -> Result<void> {
    TALKBACK_ASSIGN(const Found found, find_person(connection, project, member.user));
    if (found.role == v1::OWNER) return Error{ErrorCode::conflict, "the owner of a project stays its owner"};
    SQLite::Statement& count = connection.prepared(
        "SELECT count(members.user_id) FROM members JOIN users ON users.user_id = members.user_id"
        " WHERE project_id = ? AND users.link_name IS NULL");
    count.bind(1, project);
    count.executeStep();
    if (found.role == v1::ROLE_UNSPECIFIED && number_at(count, 0) >= domain::kProjectMembersMax)
      return Error{ErrorCode::exhausted, "the project has as many members as this server allows"};
    insert_member(connection, project, found.user, member.role);
    return {};
  });
}

Result<void> SqliteProjectStore::remove_member(const ProjectId& project, const std::string& user) {
  return database_.write([&](Connection& connection) -> Result<void> {
    TALKBACK_ASSIGN(const Found found, find_person(connection, project, user));
    if (found.role == v1::ROLE_UNSPECIFIED) return Error{ErrorCode::not_found, user + " is not a member"};
    if (found.role == v1::OWNER) return Error{ErrorCode::conflict, "the owner of a project stays its owner"};
    SQLite::Statement& remove = connection.prepared("DELETE FROM members WHERE project_id = ? AND user_id = ?");
    remove.bind(1, project);
    remove.bind(2, found.user.value);
    remove.exec();
    return {};
  });
}

}  // namespace talkback::storage
