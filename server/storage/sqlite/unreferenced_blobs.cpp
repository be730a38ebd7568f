#include "server/storage/sqlite/unreferenced_blobs.hpp"

#include "server/storage/sqlite/columns.hpp"

namespace talkback::storage {

Result<std::vector<UnreferencedBlob>> UnreferencedBlobs::list() {
  return database_.read([](Connection& connection) -> Result<std::vector<UnreferencedBlob>> {
    std::vector<UnreferencedBlob> found;
    SQLite::Statement& row = connection.prepared(
        "SELECT sha256, size_bytes, unreferenced_unix_ms FROM blobs"
        " WHERE NOT EXISTS (SELECT 1 FROM project_blobs WHERE project_blobs.sha256 = blobs.sha256)"
        " AND NOT EXISTS (SELECT 1 FROM artifacts WHERE artifacts.sha256 = blobs.sha256)"
        " ORDER BY unreferenced_unix_ms = 0, unreferenced_unix_ms, sha256");
    while (row.executeStep()) {
      TALKBACK_ASSIGN(const Sha256Digest sha256, digest_at(row, 0));
      found.push_back({.sha256 = sha256, .size_bytes = number_at(row, 1), .since_unix_ms = number_at(row, 2)});
    }
    return found;
  });
}

Result<void> UnreferencedBlobs::note(std::span<const UnreferencedBlob> found, std::int64_t now_unix_ms) {
  return database_.write([&](Connection& connection) -> Result<void> {
    for (const UnreferencedBlob& blob : found) {
      if (blob.since_unix_ms != 0) continue;
      SQLite::Statement& update = connection.prepared(
          "UPDATE blobs SET unreferenced_unix_ms = ? WHERE sha256 = ? AND unreferenced_unix_ms = 0"
          " AND NOT EXISTS (SELECT 1 FROM project_blobs WHERE project_blobs.sha256 = blobs.sha256)"
          " AND NOT EXISTS (SELECT 1 FROM artifacts WHERE artifacts.sha256 = blobs.sha256)");
      update.bind(1, now_unix_ms);
      bind_blob(update, 2, blob.sha256);
      update.exec();
    }
    return {};
  });
}

Result<std::vector<Sha256Digest>> UnreferencedBlobs::strike(std::span<const Sha256Digest> blobs,
                                                            std::int64_t since_unix_ms_max) {
  std::vector<Sha256Digest> struck;
  TALKBACK_TRY(database_.write([&](Connection& connection) -> Result<void> {
    for (const Sha256Digest& sha256 : blobs) {
      SQLite::Statement& remove = connection.prepared(
          "DELETE FROM blobs WHERE sha256 = ? AND unreferenced_unix_ms BETWEEN 1 AND ?"
          " AND NOT EXISTS (SELECT 1 FROM project_blobs WHERE project_blobs.sha256 = blobs.sha256)"
          " AND NOT EXISTS (SELECT 1 FROM artifacts WHERE artifacts.sha256 = blobs.sha256)");
      bind_blob(remove, 1, sha256);
      remove.bind(2, since_unix_ms_max);
      if (remove.exec() == 1) struck.push_back(sha256);
    }
    return {};
  }));
  return struck;
}

Result<bool> UnreferencedBlobs::is_unknown(const Sha256Digest& sha256) {
  return database_.read([&](Connection& connection) -> Result<bool> {
    SQLite::Statement& row = connection.prepared("SELECT 1 FROM blobs WHERE sha256 = ?");
    bind_blob(row, 1, sha256);
    return !row.executeStep();
  });
}

}  // namespace talkback::storage
