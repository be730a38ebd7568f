// Lines of standard input, as far as they are there: for a question that must not hold up what goes on meanwhile.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

namespace talkback::cli {

class StdinLine {
 public:
  // Without its end; nullopt where none is there yet.
  std::optional<std::string> take() {
    struct pollfd ready {
      .fd = STDIN_FILENO, .events = POLLIN, .revents = 0
    };
    while (!has_ended_ && ::poll(&ready, 1, 0) > 0) {
      char letter = 0;
      if (::read(STDIN_FILENO, &letter, 1) != 1) {
        has_ended_ = true;
      } else if (letter == '\n') {
        return std::exchange(begun_, {});
      } else if (begun_.size() < kBytesMax) {
        begun_ += letter;
      }
    }
    return std::nullopt;
  }
  // There will be no more.
  bool has_ended() const noexcept { return has_ended_; }

 private:
  static constexpr std::size_t kBytesMax = 1000;
  std::string begun_;
  bool has_ended_ = false;
};

}  // namespace talkback::cli
