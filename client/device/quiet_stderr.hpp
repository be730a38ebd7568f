// ALSA and its plugins write about every card that is not there; nobody can use that. Silences stderr while it lives.
#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace talkback::device {

class QuietStderr {
 public:
  QuietStderr() : kept_(::dup(STDERR_FILENO)) {
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) {
      ::dup2(null, STDERR_FILENO);
      ::close(null);
    }
  }
  ~QuietStderr() {
    if (kept_ < 0) return;
    ::dup2(kept_, STDERR_FILENO);
    ::close(kept_);
  }
  QuietStderr(const QuietStderr&) = delete;
  QuietStderr& operator=(const QuietStderr&) = delete;

 private:
  int kept_;
};

}  // namespace talkback::device
