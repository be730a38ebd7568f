// The file of one unfinished upload, open at its durable offset. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "engine/base/result.hpp"

namespace talkback::storage {

class UploadFile {
 public:
  // Cuts off what lies behind the offset: it may not have reached the disk whole. corrupt: the file is shorter.
  static Result<UploadFile> open(const std::filesystem::path& path, std::int64_t offset_bytes);
  ~UploadFile();
  UploadFile(UploadFile&& other) noexcept;
  UploadFile& operator=(UploadFile&&) = delete;

  Result<void> append(std::span<const std::byte> bytes);
  // In place of the first bytes, and synced; not more than there are.
  Result<void> replace_head(std::span<const std::byte> head);
  Result<void> sync();
  std::int64_t offset_bytes() const noexcept { return offset_bytes_; }

 private:
  UploadFile(int descriptor, std::int64_t offset_bytes)
      : descriptor_(descriptor), offset_bytes_(offset_bytes), written_back_bytes_(offset_bytes) {}
  void begin_write_back();

  int descriptor_;
  std::int64_t offset_bytes_;
  std::int64_t written_back_bytes_;  // up to there the disk has been asked to begin
};

}  // namespace talkback::storage
