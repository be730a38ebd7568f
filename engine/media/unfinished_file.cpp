#include "engine/media/unfinished_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace talkback::media {

namespace {

Error file_error(const std::filesystem::path& place, int number) {
  const bool is_full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  return {is_full ? ErrorCode::exhausted : ErrorCode::unavailable,
          fmt::format("{} cannot be written: {}.", place.filename().string(), std::strerror(number))};
}

}  // namespace

UnfinishedFile::UnfinishedFile(std::filesystem::path place, std::filesystem::path beside, int descriptor)
    : place_(std::move(place)), beside_(std::move(beside)), descriptor_(descriptor) {}

UnfinishedFile::UnfinishedFile(UnfinishedFile&& other) noexcept
    : place_(std::move(other.place_)),
      beside_(std::move(other.beside_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

UnfinishedFile::~UnfinishedFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(beside_.c_str());
}

Result<UnfinishedFile> UnfinishedFile::create(const std::filesystem::path& place) {
  const std::string pattern = place.string() + ".XXXXXX";
  std::vector<char> name(pattern.c_str(), pattern.c_str() + pattern.size() + 1);
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return file_error(place, errno);
  ::fchmod(descriptor, 0644);
  return UnfinishedFile(place, name.data(), descriptor);
}

Result<void> UnfinishedFile::sync() {
  if (::fsync(descriptor_) != 0) return file_error(place_, errno);
  return {};
}

Result<void> UnfinishedFile::finish() {
  TALKBACK_TRY(sync());
  const int descriptor = std::exchange(descriptor_, -1);
  if (::close(descriptor) != 0 || ::rename(beside_.c_str(), place_.c_str()) != 0) {
    const int number = errno;
    ::unlink(beside_.c_str());
    return file_error(place_, number);
  }
  const int folder =
      ::open(place_.parent_path().empty() ? "." : place_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
  return {};
}

}  // namespace talkback::media
