// Blobs that no project holds and no render made: found, noted with the time, and struck off. A project in the trash
// holds its blobs like any other. No file is touched here. [any-thread]
#pragma once

#include <span>
#include <vector>

#include "engine/base/sha256.hpp"
#include "server/storage/sqlite/database.hpp"

namespace talkback::storage {

struct UnreferencedBlob {
  Sha256Digest sha256{};
  std::int64_t size_bytes = 0;
  std::int64_t since_unix_ms = 0;  // 0: not noted yet
};

class UnreferencedBlobs {
 public:
  explicit UnreferencedBlobs(Database& database) : database_(database) {}

  // The oldest first. Reads only.
  Result<std::vector<UnreferencedBlob>> list();
  // Of those that were not noted before: their time begins now.
  Result<void> note(std::span<const UnreferencedBlob> found, std::int64_t now_unix_ms);
  // In one transaction, those that still are unreferenced and were so at that time. Returns their names: their rows are
  // gone, durably.
  Result<std::vector<Sha256Digest>> strike(std::span<const Sha256Digest> blobs, std::int64_t since_unix_ms_max);
  // No row has this name.
  Result<bool> is_unknown(const Sha256Digest& sha256);

 private:
  Database& database_;
};

}  // namespace talkback::storage
