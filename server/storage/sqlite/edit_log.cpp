#include "server/storage/sqlite/edit_log.hpp"

#include "server/storage/sqlite/columns.hpp"

namespace talkback::storage {

using domain::EditBatch;
using domain::EditName;
using domain::ProjectId;
using domain::StoredEdit;

namespace {

std::uint64_t head_of(Connection& connection, const ProjectId& project) {
  SQLite::Statement& row = connection.prepared("SELECT coalesce(max(revision), 0) FROM edits WHERE project_id = ?");
  row.bind(1, project);
  row.executeStep();
  return revision_at(row, 0);
}

// As bytes, whichever way they came. `serialised` holds what the views look into.
std::vector<StoredEdit> stored_form(const EditBatch& batch, std::vector<std::string>& serialised) {
  if (batch.bytes) return batch.stored;
  std::vector<StoredEdit> stored;
  serialised.reserve(batch.edits.size());
  for (std::size_t i = 0; i < batch.edits.size(); ++i) {
    const v1::CommittedEdit& committed = batch.edits[i];
    stored.push_back({.revision = committed.revision(),
                      .author = batch.author_ids[i],
                      .committed_unix_ms = committed.committed_unix_ms(),
                      .edit_id = committed.edit().edit_id(),
                      .edit = serialised.emplace_back(committed.edit().SerializeAsString())});
  }
  return stored;
}

Result<void> insert_edits(Connection& connection, const EditBatch& batch) {
  std::vector<std::string> serialised;
  const std::vector<StoredEdit> edits = stored_form(batch, serialised);
  // The primary key refuses a revision twice; this refuses a gap.
  if (head_of(connection, batch.project) + 1 != edits.front().revision)
    return Error{ErrorCode::conflict, "the history has moved on"};
  SQLite::Statement& insert = connection.prepared(
      "INSERT INTO edits (project_id, revision, edit_id, author_id, committed_unix_ms, edit)"
      " VALUES (?, ?, ?, ?, ?, ?)");
  insert.bindNoCopy(1, batch.project);
  for (const StoredEdit& edit : edits) {
    bind_number(insert, 2, edit.revision);
    insert.bindNoCopy(3, edit.edit_id.data(), static_cast<int>(edit.edit_id.size()));
    insert.bind(4, edit.author.value);
    insert.bind(5, edit.committed_unix_ms);
    insert.bindNoCopy(6, edit.edit.data(), static_cast<int>(edit.edit.size()));
    insert.exec();
    insert.reset();
  }
  SQLite::Statement& changed = connection.prepared("UPDATE projects SET changed_unix_ms = ? WHERE project_id = ?");
  changed.bind(1, edits.back().committed_unix_ms);
  changed.bind(2, batch.project);
  changed.exec();
  return {};
}

}  // namespace

void SqliteEditLog::append(EditBatch batch, std::function<void(Result<void>)> done) {
  database_.write_later([batch = std::move(batch)](Connection& connection) { return insert_edits(connection, batch); },
                        std::move(done));
}

Result<std::uint64_t> SqliteEditLog::head(const ProjectId& project) {
  return database_.read([&](Connection& connection) -> Result<std::uint64_t> { return head_of(connection, project); });
}

Result<v1::CommittedBatch> SqliteEditLog::read(const ProjectId& project, std::uint64_t after, int count,
                                               std::size_t bytes_max) {
  return database_.read([&](Connection& connection) -> Result<v1::CommittedBatch> {
    SQLite::Statement& row = connection.prepared(
        "SELECT edits.revision, users.name, edits.committed_unix_ms, edits.edit FROM edits"
        " JOIN users ON users.user_id = edits.author_id"
        " WHERE edits.project_id = ? AND edits.revision > ? ORDER BY edits.revision LIMIT ?");
    row.bind(1, project);
    bind_number(row, 2, after);
    row.bind(3, count);
    v1::CommittedBatch batch;
    std::size_t bytes = 0;
    while (row.executeStep()) {
      bytes += static_cast<std::size_t>(row.getColumn(3).getBytes());
      if (bytes > bytes_max && batch.edits_size() > 0) break;
      v1::CommittedEdit& committed = *batch.add_edits();
      committed.set_revision(revision_at(row, 0));
      committed.set_author(text_at(row, 1));
      committed.set_committed_unix_ms(number_at(row, 2));
      TALKBACK_TRY(parse_at(row, 3, *committed.mutable_edit()));
    }
    return batch;
  });
}

Result<std::vector<EditName>> SqliteEditLog::edit_names(const ProjectId& project) {
  return database_.read([&](Connection& connection) -> Result<std::vector<EditName>> {
    SQLite::Statement& row = connection.prepared("SELECT edit_id, revision FROM edits WHERE project_id = ?");
    row.bind(1, project);
    std::vector<EditName> names;
    while (row.executeStep()) names.push_back({.edit_id = blob_at(row, 0), .revision = revision_at(row, 1)});
    return names;
  });
}

Result<std::vector<EditName>> SqliteEditLog::find_edits(const ProjectId& project,
                                                        const std::vector<std::string>& edit_ids) {
  return database_.read([&](Connection& connection) -> Result<std::vector<EditName>> {
    std::vector<EditName> names;
    for (const std::string& id : edit_ids) {
      SQLite::Statement& row = connection.prepared("SELECT revision FROM edits WHERE project_id = ? AND edit_id = ?");
      row.bind(1, project);
      bind_blob(row, 2, id);
      if (row.executeStep()) names.push_back({.edit_id = id, .revision = revision_at(row, 0)});
    }
    return names;
  });
}

Result<v1::SessionState> SqliteEditLog::snapshot(const ProjectId& project, std::uint64_t at_most) {
  return database_.read([&](Connection& connection) -> Result<v1::SessionState> {
    SQLite::Statement& row = connection.prepared(
        "SELECT state FROM snapshots WHERE project_id = ? AND revision <= ? ORDER BY revision DESC LIMIT 1");
    row.bind(1, project);
    bind_number(row, 2, at_most);
    if (!row.executeStep()) return Error{ErrorCode::not_found, "there is no project " + project};
    v1::SessionState state;
    TALKBACK_TRY(parse_at(row, 0, state));
    return state;
  });
}

Result<std::vector<std::uint64_t>> SqliteEditLog::snapshot_revisions(const ProjectId& project) {
  return database_.read([&](Connection& connection) -> Result<std::vector<std::uint64_t>> {
    SQLite::Statement& row =
        connection.prepared("SELECT revision FROM snapshots WHERE project_id = ? ORDER BY revision");
    row.bind(1, project);
    std::vector<std::uint64_t> revisions;
    while (row.executeStep()) revisions.push_back(revision_at(row, 0));
    return revisions;
  });
}

Result<void> SqliteEditLog::add_snapshot(const ProjectId& project, const v1::SessionState& state) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& insert =
        connection.prepared("INSERT OR IGNORE INTO snapshots (project_id, revision, state) VALUES (?, ?, ?)");
    insert.bind(1, project);
    bind_number(insert, 2, state.revision());
    bind_blob(insert, 3, state.SerializeAsString());
    insert.exec();
    return {};
  });
}

}  // namespace talkback::storage
