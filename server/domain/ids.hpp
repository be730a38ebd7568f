// Names for projects, uploads and renders: random, printable, safe in a path. [any-thread]
#pragma once

#include <string>
#include <string_view>

#include "server/domain/outside.hpp"

namespace talkback::domain {

// Sixteen lower-case hexadecimal digits.
std::string new_id(Random& random);

// True for what new_id makes and nothing else: checked before an id from outside meets a file name.
bool is_id(std::string_view text) noexcept;

}  // namespace talkback::domain
