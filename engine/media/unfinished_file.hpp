// A file that appears in one step: written beside its place, synced, renamed. Dropped before that, it is removed.
#pragma once

#include <filesystem>

#include "engine/base/result.hpp"

namespace talkback::media {

class UnfinishedFile {
 public:
  // Opens an exclusive file beside `place` for reading and writing. Fails with unavailable or exhausted.
  static Result<UnfinishedFile> create(const std::filesystem::path& place);
  ~UnfinishedFile();
  UnfinishedFile(UnfinishedFile&& other) noexcept;
  UnfinishedFile& operator=(UnfinishedFile&&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  // Waits until what was written is on the disk. finish() does as well; after this it takes no time.
  Result<void> sync();

  // Syncs, closes and renames.
  Result<void> finish();

 private:
  UnfinishedFile(std::filesystem::path place, std::filesystem::path beside, int descriptor);

  std::filesystem::path place_;
  std::filesystem::path beside_;
  int descriptor_ = -1;
};

}  // namespace talkback::media
