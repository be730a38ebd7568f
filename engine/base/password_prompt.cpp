#include "engine/base/password_prompt.hpp"

#include <termios.h>
#include <unistd.h>

#include <iostream>

namespace talkback {

Result<std::string> ask_password(const std::string& question) {
  const bool on_terminal = ::isatty(STDIN_FILENO) == 1;
  termios before{};
  if (on_terminal) {
    std::cerr << question << ": " << std::flush;
    ::tcgetattr(STDIN_FILENO, &before);
    termios quiet = before;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  std::string password;
  std::getline(std::cin, password);
  if (on_terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::cerr << std::endl;
  }
  if (password.empty()) return Error{ErrorCode::invalid, "no password was given; type it or pipe it in"};
  return password;
}

}  // namespace talkback
