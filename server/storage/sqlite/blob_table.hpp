// The tables behind the blob store: blobs, which project holds them, uploads. No file is touched here. [any-thread]
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/domain/blobs.hpp"
#include "server/storage/sqlite/database.hpp"

namespace talkback::storage {

struct UploadRow {
  std::string upload_id;
  domain::ProjectId project;
  domain::UserId user;
  std::optional<Sha256Digest> sha256 = {};  // nullopt: open
  std::int64_t size_bytes = 0;
  std::int64_t offset_bytes = 0;
};

class BlobTable {
 public:
  explicit BlobTable(Database& database) : database_(database) {}

  Result<bool> holds(const domain::ProjectId& project, const Sha256Digest& sha256);
  Result<std::vector<Sha256Digest>> list(const domain::ProjectId& project);
  Result<std::vector<Sha256Digest>> list_all();

  // The upload of this blob that this user has under way, or the new one with its offset. exhausted: too many under
  // way.
  Result<UploadRow> begin_upload(const UploadRow& upload, std::int64_t now_unix_ms);
  Result<std::optional<UploadRow>> find_upload(const std::string& upload_id);
  Result<void> set_offset(const std::string& upload_id, std::int64_t offset_bytes, std::int64_t now_unix_ms);
  Result<void> discard_upload(const std::string& upload_id);
  Result<std::vector<std::string>> uploads_unchanged_since(std::int64_t unix_ms);
  // The blob, its place in the project and the end of the upload in one step. upload: with its hash.
  Result<void> complete_upload(const UploadRow& upload, std::int64_t now_unix_ms);
  // The same for a blob that came without a row of its own: ends this user's uploads of it, whose ids are returned.
  Result<std::vector<std::string>> add_blob(const UploadRow& blob, std::int64_t now_unix_ms);

 private:
  Database& database_;
};

// Within a transaction of the caller's.
void insert_blob(Connection& connection, const domain::ProjectId& project, domain::UserId user,
                 const Sha256Digest& sha256, std::int64_t size_bytes, std::int64_t now_unix_ms);

}  // namespace talkback::storage
