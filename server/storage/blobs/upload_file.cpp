#include "server/storage/blobs/upload_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "engine/base/blob_folder.hpp"

namespace talkback::storage {
namespace {

constexpr mode_t kUploadMode = 0640;
constexpr std::int64_t kWriteBackBytes = 1024 * 1024;

}  // namespace

Result<UploadFile> UploadFile::open(const std::filesystem::path& path, std::int64_t offset_bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kUploadMode);
  if (descriptor < 0) return file_error(errno, "open an upload");
  UploadFile file(descriptor, offset_bytes);
  const off_t length = ::lseek(descriptor, 0, SEEK_END);
  if (length < offset_bytes) return Error{ErrorCode::corrupt, "the server has lost bytes of this upload: begin again"};
  if (length > offset_bytes && ::ftruncate(descriptor, offset_bytes) != 0) return file_error(errno, "cut an upload");
  if (::lseek(descriptor, offset_bytes, SEEK_SET) != offset_bytes) return file_error(errno, "position in an upload");
  return file;
}

UploadFile::UploadFile(UploadFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      offset_bytes_(other.offset_bytes_),
      written_back_bytes_(other.written_back_bytes_) {}

UploadFile::~UploadFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> UploadFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor_, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return file_error(errno, "write an upload");
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
    offset_bytes_ += wrote;
  }
  begin_write_back();
  return {};
}

// The disk works while more bytes come; otherwise all would wait for it at the next sync. A hint, whose failure says
// nothing.
void UploadFile::begin_write_back() {
#ifdef SYNC_FILE_RANGE_WRITE
  if (offset_bytes_ - written_back_bytes_ < kWriteBackBytes) return;
  (void)::sync_file_range(descriptor_, written_back_bytes_, offset_bytes_ - written_back_bytes_, SYNC_FILE_RANGE_WRITE);
  written_back_bytes_ = offset_bytes_;
#endif
}

Result<void> UploadFile::replace_head(std::span<const std::byte> head) {
  off_t at = 0;
  while (!head.empty()) {
    const ssize_t wrote = ::pwrite(descriptor_, head.data(), head.size(), at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return file_error(errno, "write an upload");
    head = head.subspan(static_cast<std::size_t>(wrote));
    at += wrote;
  }
  return sync();
}

Result<void> UploadFile::sync() {
  if (::fdatasync(descriptor_) != 0) return file_error(errno, "sync an upload");
  return {};
}

}  // namespace talkback::storage
