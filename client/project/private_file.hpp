// Small files of the home folder, readable by their owner alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/result.hpp"

namespace talkback::project {

// nullopt where it cannot be read.
std::optional<std::string> read_file(const std::filesystem::path& file);

// Readable by the owner alone from its first byte on, and complete or not there.
Result<void> write_private_file(const std::filesystem::path& file, const std::string& text);

}  // namespace talkback::project
