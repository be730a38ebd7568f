// Asks a person at the terminal for a password, for the programs of server and client alike.
#pragma once

#include <string>

#include "engine/base/result.hpp"

namespace talkback {

// Writes "question: " to stderr and reads a line that is not shown. Without a terminal: the first line of the standard
// input, without a question. Fails with `invalid` where nothing was typed. [main-thread]
Result<std::string> ask_password(const std::string& question);

}  // namespace talkback
