// Fractional indexes: keys between which another one always fits, so that two people who insert at one
// place never collide.
//
// A key is read as a fraction in base 62 (0-9, A-Z, a-z in ASCII order) and never ends with '0'.
#pragma once

#include <string>
#include <string_view>

namespace talkback::session {

bool is_order_key(std::string_view key) noexcept;

// A key after `before` and ahead of `after`; an empty one means no neighbour on that side.
// before < after unless one is empty. Appending again and again grows the key by one letter every 30 steps.
std::string order_between(std::string_view before, std::string_view after);

}  // namespace talkback::session
