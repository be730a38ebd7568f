#include "client/project/private_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace talkback::project {

std::optional<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Result<void> write_private_file(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::path beside = file;
  beside += ".part";
  const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return Error{ErrorCode::unavailable, "cannot write " + file.string()};
  const bool written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  std::error_code failed;
  if (written && synced) std::filesystem::rename(beside, file, failed);
  if (!written || !synced || failed)
    return Error{ErrorCode::exhausted, "cannot write " + file.string() + "; is the disk full?"};
  return {};
}

}  // namespace talkback::project
