#include "server/storage/sqlite/render_store.hpp"

#include "server/storage/sqlite/blob_table.hpp"
#include "server/storage/sqlite/columns.hpp"

namespace talkback::storage {

using domain::ProjectId;
using domain::Render;

namespace {

Result<Render> render_at(SQLite::Statement& row) {
  Render render{.project = text_at(row, 1), .requested_by = {number_at(row, 5)}, .status = {}};
  v1::RenderStatus& status = render.status;
  status.set_render_id(text_at(row, 0));
  status.set_state(static_cast<v1::RenderStatus::State>(number_at(row, 2)));
  status.set_revision(revision_at(row, 3));
  status.set_branch_id(text_at(row, 13));
  TALKBACK_TRY(parse_at(row, 4, *status.mutable_settings()));
  status.set_requested_by(text_at(row, 6));
  status.set_requested_unix_ms(number_at(row, 7));
  status.set_finished_unix_ms(number_at(row, 8));
  status.set_engine_version(text_at(row, 9));
  status.set_error_code(text_at(row, 10));
  status.set_error_message(text_at(row, 11));
  if (status.state() == v1::RenderStatus::DONE) {
    status.set_progress(1);
    TALKBACK_TRY(parse_at(row, 12, *status.mutable_effort()));
  }
  return render;
}

Result<void> read_outcome(Connection& connection, v1::RenderStatus& status) {
  if (status.state() != v1::RenderStatus::DONE) return {};
  SQLite::Statement& artifact =
      connection.prepared("SELECT artifact FROM artifacts WHERE render_id = ? ORDER BY position");
  artifact.bind(1, status.render_id());
  while (artifact.executeStep()) TALKBACK_TRY(parse_at(artifact, 0, *status.add_artifacts()));
  SQLite::Statement& warning =
      connection.prepared("SELECT message FROM render_warnings WHERE render_id = ? ORDER BY position");
  warning.bind(1, status.render_id());
  while (warning.executeStep()) status.add_warnings(text_at(warning, 0));
  return {};
}

Result<std::vector<Render>> renders_at(Connection& connection, SQLite::Statement& row) {
  std::vector<Render> renders;
  while (row.executeStep()) {
    TALKBACK_ASSIGN(renders.emplace_back(), render_at(row));
  }
  for (Render& render : renders) TALKBACK_TRY(read_outcome(connection, render.status));
  return renders;
}

Result<void> insert_outcome(Connection& connection, const Render& render) {
  int position = 0;
  for (const v1::Artifact& artifact : render.status.artifacts()) {
    const auto digest = sha256_from_hex(artifact.blob_sha256());
    if (!digest) return Error{ErrorCode::internal, "an artifact has no name"};
    insert_blob(connection, render.project, render.requested_by, *digest, artifact.size_bytes(),
                render.status.finished_unix_ms());
    SQLite::Statement& insert =
        connection.prepared("INSERT INTO artifacts (render_id, position, sha256, artifact) VALUES (?, ?, ?, ?)");
    insert.bind(1, render.status.render_id());
    insert.bind(2, position++);
    bind_blob(insert, 3, *digest);
    bind_blob(insert, 4, artifact.SerializeAsString());
    insert.exec();
  }
  position = 0;
  for (const std::string& warning : render.status.warnings()) {
    SQLite::Statement& insert =
        connection.prepared("INSERT INTO render_warnings (render_id, position, message) VALUES (?, ?, ?)");
    insert.bind(1, render.status.render_id());
    insert.bind(2, position++);
    insert.bind(3, warning);
    insert.exec();
  }
  return {};
}

}  // namespace

Result<void> SqliteRenderStore::add(const Render& render) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& count =
        connection.prepared("SELECT count(render_id) FROM renders WHERE project_id = ? AND state IN (1, 2)");
    count.bind(1, render.project);
    count.executeStep();
    if (number_at(count, 0) >= domain::kRendersOpenPerProjectMax)
      return Error{ErrorCode::exhausted, "too many renders of this project are waiting: cancel one or wait"};
    SQLite::Statement& insert = connection.prepared(
        "INSERT INTO renders (render_id, project_id, state, revision, settings, requested_by, requested_unix_ms,"
        " branch_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, render.status.render_id());
    insert.bind(2, render.project);
    insert.bind(3, static_cast<int>(render.status.state()));
    bind_number(insert, 4, render.status.revision());
    bind_blob(insert, 5, render.status.settings().SerializeAsString());
    insert.bind(6, render.requested_by.value);
    insert.bind(7, render.status.requested_unix_ms());
    insert.bind(8, render.status.branch_id());
    insert.exec();
    return {};
  });
}

Result<std::optional<Render>> SqliteRenderStore::find(const std::string& render_id) {
  return database_.read([&](Connection& connection) -> Result<std::optional<Render>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT render_id, project_id, state, revision, settings, requested_by, users.shown_name, requested_unix_ms,"
        " finished_unix_ms, engine_version, error_code, error_message, effort, branch_id FROM renders"
        " JOIN users ON users.user_id = renders.requested_by WHERE render_id = ?");
    row.bind(1, render_id);
    TALKBACK_ASSIGN(std::vector<Render> found, renders_at(connection, row));
    if (found.empty()) return std::optional<Render>();
    return std::optional(std::move(found.front()));
  });
}

Result<std::vector<Render>> SqliteRenderStore::list(const ProjectId& project, int count) {
  return database_.read([&](Connection& connection) -> Result<std::vector<Render>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT render_id, project_id, state, revision, settings, requested_by, users.shown_name, requested_unix_ms,"
        " finished_unix_ms, engine_version, error_code, error_message, effort, branch_id FROM renders"
        " JOIN users ON users.user_id = renders.requested_by WHERE project_id = ?"
        " ORDER BY requested_unix_ms DESC, render_id LIMIT ?");
    row.bind(1, project);
    row.bind(2, count);
    return renders_at(connection, row);
  });
}

Result<std::vector<Render>> SqliteRenderStore::open() {
  return database_.read([](Connection& connection) -> Result<std::vector<Render>> {
    return renders_at(
        connection,
        connection.prepared("SELECT render_id, project_id, state, revision, settings, requested_by, users.shown_name,"
                            " requested_unix_ms, finished_unix_ms, engine_version, error_code, error_message, effort, "
                            "branch_id FROM renders"
                            " JOIN users ON users.user_id = renders.requested_by WHERE state IN (1, 2)"
                            " ORDER BY requested_unix_ms, render_id"));
  });
}

Result<void> SqliteRenderStore::change(const Render& render) {
  return database_.write([&](Connection& connection) -> Result<void> {
    const v1::RenderStatus& status = render.status;
    SQLite::Statement& row = connection.prepared("SELECT state FROM renders WHERE render_id = ?");
    row.bind(1, status.render_id());
    if (!row.executeStep()) return Error{ErrorCode::not_found, "there is no such render"};
    const auto before = static_cast<v1::RenderStatus::State>(number_at(row, 0));
    if (!domain::may_become(before, status.state()))
      return Error{ErrorCode::conflict, "the render is " + v1::RenderStatus::State_Name(before) + " already"};
    SQLite::Statement& update = connection.prepared(
        "UPDATE renders SET state = ?, finished_unix_ms = ?, engine_version = ?, error_code = ?, error_message = ?,"
        " effort = ? WHERE render_id = ?");
    update.bind(1, static_cast<int>(status.state()));
    update.bind(2, status.finished_unix_ms());
    update.bind(3, status.engine_version());
    update.bind(4, status.error_code());
    update.bind(5, status.error_message());
    bind_blob(update, 6, status.effort().SerializeAsString());
    update.bind(7, status.render_id());
    update.exec();
    if (status.state() == v1::RenderStatus::DONE) return insert_outcome(connection, render);
    return {};
  });
}

}  // namespace talkback::storage
