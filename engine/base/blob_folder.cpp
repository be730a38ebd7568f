#include "engine/base/blob_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace talkback {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kBlobMode = 0440;

Result<void> sync_path(const fs::path& path, int flags, const char* what) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return file_error(errno, std::string("open a ") + what + " to sync it");
  const int failed = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (failed != 0) return file_error(failed, std::string("sync a ") + what);
  return {};
}

// rename() does not cross file systems: the bytes are copied beside their final name first.
Result<fs::path> copy_beside(const fs::path& file, const fs::path& target) {
  const fs::path beside = target.string() + ".part" + std::to_string(::getpid());
  std::error_code failed;
  fs::copy_file(file, beside, fs::copy_options::overwrite_existing, failed);
  if (failed) {
    std::error_code ignored;
    fs::remove(beside, ignored);
    return file_error(failed.value(), "copy a blob");
  }
  fs::remove(file, failed);
  return beside;
}

}  // namespace

Error file_error(int error_number, const std::string& attempted) {
  const bool full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  if (full) return Error{ErrorCode::exhausted, "cannot " + attempted + ": the disk is full"};
  return Error{ErrorCode::unavailable, "cannot " + attempted + ": " + std::strerror(error_number)};
}

Result<void> sync_folder(const fs::path& folder) { return sync_path(folder, O_RDONLY | O_DIRECTORY, "folder"); }

Result<void> sync_file(const fs::path& file) { return sync_path(file, O_RDONLY, "file"); }

Result<BlobFolder> BlobFolder::open(fs::path root) {
  std::error_code failed;
  fs::create_directories(root, failed);
  if (failed) return file_error(failed.value(), "create the blob folder");
  return BlobFolder(std::move(root));
}

Result<void> BlobFolder::prepare() const {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char first : kDigits)
    for (const char second : kDigits) {
      std::error_code failed;
      fs::create_directory(root_ / std::string{first, second}, failed);
      if (failed) return file_error(failed.value(), "create a folder for blobs");
    }
  // Also where all were there: whoever made them may have ended before this.
  return sync_folder(root_);
}

fs::path BlobFolder::path_of(const Sha256Digest& sha256) const {
  const std::string name = to_hex(sha256);
  return root_ / name.substr(0, 2) / name;
}

bool BlobFolder::contains(const Sha256Digest& sha256) const {
  std::error_code failed;
  return fs::is_regular_file(path_of(sha256), failed);
}

Result<std::uint64_t> BlobFolder::size_of(const Sha256Digest& sha256) const {
  std::error_code failed;
  const auto size = fs::file_size(path_of(sha256), failed);
  if (failed) return Error{ErrorCode::not_found, "there is no blob " + to_hex(sha256)};
  return std::uint64_t{size};
}

Result<void> BlobFolder::adopt(const fs::path& file, const Sha256Digest& sha256, Folders folders) const {
  std::error_code failed;
  if (contains(sha256)) {
    fs::remove(file, failed);
    return {};
  }
  const fs::path target = path_of(sha256);
  if (folders == Folders::unknown) {
    fs::create_directory(target.parent_path(), failed);
    if (failed) return file_error(failed.value(), "create a folder for a blob");
    // Also where it was there: another thread may have made it a moment ago.
    TALKBACK_TRY(sync_folder(root_));
  }

  fs::path beside = file;
  if (::chmod(beside.c_str(), kBlobMode) != 0) return file_error(errno, "protect a blob");
  TALKBACK_TRY(sync_file(beside));
  if (::rename(beside.c_str(), target.c_str()) != 0) {
    if (errno != EXDEV) return file_error(errno, "name a blob");
    TALKBACK_ASSIGN(beside, copy_beside(file, target));
    TALKBACK_TRY(sync_file(beside));
    if (::rename(beside.c_str(), target.c_str()) != 0) return file_error(errno, "name a blob");
  }
  return sync_folder(target.parent_path());
}

Result<void> BlobFolder::verify(const Sha256Digest& sha256) const {
  auto found = sha256_of_file(path_of(sha256));
  if (!found && found.error().code == ErrorCode::not_found)
    return Error{ErrorCode::not_found, "there is no blob " + to_hex(sha256)};
  if (!found) return std::move(found).error();
  if (*found != sha256)
    return Error{ErrorCode::corrupt,
                 "the bytes of blob " + to_hex(sha256) + " are damaged: they hash to " + to_hex(*found)};
  return {};
}

}  // namespace talkback
