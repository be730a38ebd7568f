#include "server/storage/sqlite/blob_table.hpp"

#include "server/storage/sqlite/columns.hpp"

namespace talkback::storage {
namespace {

Result<UploadRow> upload_at(SQLite::Statement& row) {
  std::optional<Sha256Digest> digest;
  if (!row.getColumn(3).isNull()) {
    TALKBACK_ASSIGN(digest, digest_at(row, 3));
  }
  return UploadRow{.upload_id = text_at(row, 0),
                   .project = text_at(row, 1),
                   .user = {number_at(row, 2)},
                   .sha256 = digest,
                   .size_bytes = number_at(row, 4),
                   .offset_bytes = number_at(row, 5)};
}

std::vector<std::string> texts(SQLite::Statement& row) {
  std::vector<std::string> found;
  while (row.executeStep()) found.push_back(text_at(row, 0));
  return found;
}

void delete_upload(Connection& connection, const std::string& upload_id) {
  SQLite::Statement& remove = connection.prepared("DELETE FROM uploads WHERE upload_id = ?");
  remove.bind(1, upload_id);
  remove.exec();
}

}  // namespace

void insert_blob(Connection& connection, const domain::ProjectId& project, domain::UserId user,
                 const Sha256Digest& sha256, std::int64_t size_bytes, std::int64_t now_unix_ms) {
  SQLite::Statement& blob = connection.prepared(
      "INSERT INTO blobs (sha256, size_bytes, created_unix_ms) VALUES (?, ?, ?)"
      " ON CONFLICT (sha256) DO UPDATE SET unreferenced_unix_ms = 0");
  bind_blob(blob, 1, sha256);
  blob.bind(2, size_bytes);
  blob.bind(3, now_unix_ms);
  blob.exec();
  SQLite::Statement& held = connection.prepared(
      "INSERT OR IGNORE INTO project_blobs (project_id, sha256, added_by, added_unix_ms) VALUES (?, ?, ?, ?)");
  held.bind(1, project);
  bind_blob(held, 2, sha256);
  held.bind(3, user.value);
  held.bind(4, now_unix_ms);
  held.exec();
}

Result<bool> BlobTable::holds(const domain::ProjectId& project, const Sha256Digest& sha256) {
  return database_.read([&](Connection& connection) -> Result<bool> {
    SQLite::Statement& row = connection.prepared("SELECT 1 FROM project_blobs WHERE project_id = ? AND sha256 = ?");
    row.bind(1, project);
    bind_blob(row, 2, sha256);
    return row.executeStep();
  });
}

Result<std::vector<Sha256Digest>> BlobTable::list(const domain::ProjectId& project) {
  return database_.read([&](Connection& connection) -> Result<std::vector<Sha256Digest>> {
    std::vector<Sha256Digest> found;
    SQLite::Statement& row =
        connection.prepared("SELECT sha256 FROM project_blobs WHERE project_id = ? ORDER BY sha256");
    row.bind(1, project);
    while (row.executeStep()) {
      TALKBACK_ASSIGN(found.emplace_back(), digest_at(row, 0));
    }
    return found;
  });
}

Result<std::vector<Sha256Digest>> BlobTable::list_all() {
  return database_.read([](Connection& connection) -> Result<std::vector<Sha256Digest>> {
    std::vector<Sha256Digest> found;
    SQLite::Statement& row = connection.prepared("SELECT sha256 FROM blobs ORDER BY sha256");
    while (row.executeStep()) {
      TALKBACK_ASSIGN(found.emplace_back(), digest_at(row, 0));
    }
    return found;
  });
}

Result<UploadRow> BlobTable::begin_upload(const UploadRow& upload, std::int64_t now_unix_ms) {
  UploadRow begun = upload;
  TALKBACK_TRY(database_.write([&](Connection& connection) -> Result<void> {
    if (upload.sha256) {
      SQLite::Statement& known = connection.prepared(
          "SELECT upload_id, project_id, user_id, sha256, size_bytes, offset_bytes FROM uploads"
          " WHERE project_id = ? AND user_id = ? AND sha256 = ?");
      known.bind(1, upload.project);
      known.bind(2, upload.user.value);
      bind_blob(known, 3, *upload.sha256);
      if (known.executeStep()) {
        TALKBACK_ASSIGN(begun, upload_at(known));
        return {};
      }
    }
    SQLite::Statement& count = connection.prepared("SELECT count(upload_id) FROM uploads WHERE user_id = ?");
    count.bind(1, upload.user.value);
    count.executeStep();
    if (number_at(count, 0) >= domain::kUploadsPerUserMax)
      return Error{ErrorCode::exhausted, "you have too many unfinished uploads: finish some first"};
    SQLite::Statement& insert = connection.prepared(
        "INSERT INTO uploads (upload_id, project_id, user_id, sha256, size_bytes, offset_bytes, changed_unix_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, upload.upload_id);
    insert.bind(2, upload.project);
    insert.bind(3, upload.user.value);
    if (upload.sha256)
      bind_blob(insert, 4, *upload.sha256);
    else
      insert.bind(4);
    insert.bind(5, upload.size_bytes);
    insert.bind(6, upload.offset_bytes);
    insert.bind(7, now_unix_ms);
    insert.exec();
    return {};
  }));
  return begun;
}

Result<std::optional<UploadRow>> BlobTable::find_upload(const std::string& upload_id) {
  return database_.read([&](Connection& connection) -> Result<std::optional<UploadRow>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT upload_id, project_id, user_id, sha256, size_bytes, offset_bytes FROM uploads WHERE upload_id = ?");
    row.bind(1, upload_id);
    if (!row.executeStep()) return std::optional<UploadRow>();
    TALKBACK_ASSIGN(UploadRow found, upload_at(row));
    return std::optional(std::move(found));
  });
}

Result<void> BlobTable::set_offset(const std::string& upload_id, std::int64_t offset_bytes, std::int64_t now_unix_ms) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& update =
        connection.prepared("UPDATE uploads SET offset_bytes = ?, changed_unix_ms = ? WHERE upload_id = ?");
    update.bind(1, offset_bytes);
    update.bind(2, now_unix_ms);
    update.bind(3, upload_id);
    update.exec();
    return {};
  });
}

Result<void> BlobTable::discard_upload(const std::string& upload_id) {
  return database_.write([&](Connection& connection) -> Result<void> {
    delete_upload(connection, upload_id);
    return {};
  });
}

Result<std::vector<std::string>> BlobTable::uploads_unchanged_since(std::int64_t unix_ms) {
  return database_.read([&](Connection& connection) -> Result<std::vector<std::string>> {
    SQLite::Statement& row = connection.prepared("SELECT upload_id FROM uploads WHERE changed_unix_ms < ?");
    row.bind(1, unix_ms);
    return texts(row);
  });
}

Result<void> BlobTable::complete_upload(const UploadRow& upload, std::int64_t now_unix_ms) {
  return database_.write([&](Connection& connection) -> Result<void> {
    insert_blob(connection, upload.project, upload.user, upload.sha256.value(), upload.size_bytes, now_unix_ms);
    delete_upload(connection, upload.upload_id);
    return {};
  });
}

Result<std::vector<std::string>> BlobTable::add_blob(const UploadRow& blob, std::int64_t now_unix_ms) {
  std::vector<std::string> ended;
  TALKBACK_TRY(database_.write([&](Connection& connection) -> Result<void> {
    insert_blob(connection, blob.project, blob.user, blob.sha256.value(), blob.size_bytes, now_unix_ms);
    SQLite::Statement& known =
        connection.prepared("SELECT upload_id FROM uploads WHERE project_id = ? AND user_id = ? AND sha256 = ?");
    known.bind(1, blob.project);
    known.bind(2, blob.user.value);
    bind_blob(known, 3, *blob.sha256);
    ended = texts(known);
    for (const std::string& upload_id : ended) delete_upload(connection, upload_id);
    return {};
  }));
  return ended;
}

}  // namespace talkback::storage
