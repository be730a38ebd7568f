#include "client/recorder/record_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <utility>

#include "engine/base/blob_folder.hpp"

namespace talkback::recorder {
namespace {

constexpr std::size_t kHeadBytes = 8;
static_assert(std::endian::native == std::endian::little, "records are little-endian on the disk");

// Fowler, Noll, Vo, variant 1a: enough to tell a record from what a crash left in its place.
std::uint32_t checksum(std::string_view bytes) noexcept {
  std::uint32_t hash = 2'166'136'261U;
  for (const char byte : bytes) hash = (hash ^ static_cast<std::uint8_t>(byte)) * 16'777'619U;
  return hash;
}

Result<void> write_all(int descriptor, std::string_view left, const std::filesystem::path& path) {
  while (!left.empty()) {
    const ssize_t done = ::write(descriptor, left.data(), left.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return file_error(errno, "write " + path.filename().string());
    left.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

}  // namespace

Result<RecordFile> RecordFile::create(const std::filesystem::path& path, std::string_view magic) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0 && errno == EEXIST) return Error{ErrorCode::conflict, path.string() + " is there already"};
  if (descriptor < 0) return file_error(errno, "create " + path.string());
  RecordFile file(path, descriptor);
  ::flock(descriptor, LOCK_EX | LOCK_NB);
  TALKBACK_TRY(write_all(descriptor, magic, path));
  file.bytes_ = magic.size();
  TALKBACK_TRY(file.sync());
  TALKBACK_TRY(sync_folder(path.parent_path()));
  return file;
}

RecordFile::RecordFile(RecordFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), bytes_(other.bytes_) {}

RecordFile& RecordFile::operator=(RecordFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

RecordFile::~RecordFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// One call, so that a crash of this program leaves all or nothing of it.
Result<void> RecordFile::append(std::string_view payload) {
  TALKBACK_CHECK(!payload.empty() && payload.size() <= kRecordBytesMax);
  std::string record;
  put_number(record, static_cast<std::uint32_t>(payload.size()));
  put_number(record, checksum(payload));
  record += payload;
  bytes_ += record.size();
  return write_all(descriptor_, record, path_);
}

Result<void> RecordFile::sync() {
  if (::fdatasync(descriptor_) != 0) return file_error(errno, "secure " + path_.filename().string());
  return {};
}

Result<bool> read_records(const std::filesystem::path& path, std::string_view magic,
                          const std::function<bool(std::string_view)>& take) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorCode::not_found, "there is no file " + path.string()};
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::string_view left = bytes;
  if (!left.starts_with(magic))
    return Error{ErrorCode::corrupt, path.filename().string() + " is not what Talkback writes under such a name"};
  left.remove_prefix(magic.size());
  while (left.size() >= kHeadBytes) {
    const auto length = number_at<std::uint32_t>(left, 0);
    if (length == 0 || length > kRecordBytesMax || left.size() - kHeadBytes < length) break;
    const std::string_view payload = left.substr(kHeadBytes, length);
    if (checksum(payload) != number_at<std::uint32_t>(left, 4) || !take(payload)) break;
    left.remove_prefix(kHeadBytes + length);
  }
  return left.empty();
}

bool is_being_written(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool is_locked = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return is_locked;
}

}  // namespace talkback::recorder
