#include "server/ops/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace talkback::ops {
namespace {

namespace fs = std::filesystem;

// Names whoever holds the lock, for the message of the next one.
void write_pid(int lock) {
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock, 0) != 0) return;
  [[maybe_unused]] const ssize_t wrote = ::pwrite(lock, text.data(), text.size(), 0);
}

std::string read_pid(int lock) {
  char text[32] = {};
  const ssize_t got = ::pread(lock, text, sizeof text - 1, 0);
  std::string pid(text, got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid;
}

}  // namespace

Result<DataFolder> DataFolder::open(const fs::path& root) {
  std::error_code failed;
  const bool is_new = fs::create_directories(root, failed);
  if (failed) return Error{ErrorCode::unavailable, "cannot create " + root.string() + ": " + failed.message()};
  // Hashes of passwords and everybody's sound lie here.
  if (is_new) fs::permissions(root, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec, failed);
  const std::string path = (root / "lock").string();
  const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (lock < 0) return Error{ErrorCode::unavailable, "cannot open " + path + ": " + std::strerror(errno)};
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const std::string pid = read_pid(lock);
    ::close(lock);
    return Error{ErrorCode::conflict, "a server is already running on " + root.string() +
                                          (pid.empty() ? "" : " (process " + pid + ")") + ": stop it first"};
  }
  write_pid(lock);
  return DataFolder(root, lock);
}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : root_(std::move(other.root_)), lock_(std::exchange(other.lock_, -1)) {}

DataFolder::~DataFolder() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace talkback::ops
