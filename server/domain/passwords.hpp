// Argon2id by libsodium, "interactive" strength: 64 MiB and some 80 ms each. [worker-thread]
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace talkback::domain {

// exhausted: no memory for it.
Result<std::string> hash_password(std::string_view password);

// Takes as long for a damaged or empty hash as for a good one.
bool is_password(const std::string& hash, std::string_view password);

}  // namespace talkback::domain
