// Why there is no sound card: said in a way that somebody can act on.
#pragma once

#include <filesystem>
#include <functional>

#include "engine/base/error.hpp"

namespace talkback::device {

// For a machine on which no device was found. nodes: where the system keeps the cards' files; may_use: whether this
// process may open one for reading and writing. `denied` where there are cards and none may be used, `unavailable`
// where something holds them all, else `not_found`.
Error no_card_error(const std::filesystem::path& nodes = "/dev/snd",
                    const std::function<bool(const std::filesystem::path&)>& may_use = nullptr);

}  // namespace talkback::device
