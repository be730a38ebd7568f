// A folder of blobs named by the SHA-256 of their bytes: ROOT/ab/ab12…ef.
//
// A name appears in one step and only with all its bytes on the disk behind it; it is never written again.
// The folder is the only state: several objects and processes may use one root at the same time. [any-thread]
#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/base/result.hpp"
#include "engine/base/sha256.hpp"

namespace talkback {

class BlobFolder {
 public:
  // Names a folder without touching it: for readers that are handed one.
  explicit BlobFolder(std::filesystem::path root) : root_(std::move(root)) {}

  // Creates the folder where it is missing.
  static Result<BlobFolder> open(std::filesystem::path root);

  // Makes the folders that names begin with, durably, so that no blob has to wait for its own.
  Result<void> prepare() const;

  const std::filesystem::path& root() const noexcept { return root_; }
  std::filesystem::path path_of(const Sha256Digest& sha256) const;
  bool contains(const Sha256Digest& sha256) const;
  // Bytes; not_found.
  Result<std::uint64_t> size_of(const Sha256Digest& sha256) const;

  // prepared: prepare() has returned since the machine started.
  enum class Folders { unknown, prepared };
  // Takes over `file`, whose digest the caller has computed: durable when this returns. The file is gone
  // afterwards, also where the blob was there already. Fails with exhausted (disk full) or unavailable.
  Result<void> adopt(const std::filesystem::path& file, const Sha256Digest& sha256,
                     Folders folders = Folders::unknown) const;

  // Reads the whole blob and compares: not_found, corrupt or unavailable.
  Result<void> verify(const Sha256Digest& sha256) const;

 private:
  std::filesystem::path root_;
};

// Makes the names in a folder durable (fsync of the folder).
Result<void> sync_folder(const std::filesystem::path& folder);

// Makes the bytes of a file durable.
Result<void> sync_file(const std::filesystem::path& file);

// exhausted for a full disk or quota, else unavailable; the message says what was attempted.
Error file_error(int error_number, const std::string& attempted);

}  // namespace talkback
