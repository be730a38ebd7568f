// A session in a file: what `talkback --json session show` prints. Its sounds: media_links.hpp.
#pragma once

#include <filesystem>

#include "engine/base/result.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::project {

// Checked as a session is that a server sends. Fails with not_found, or with invalid and what is wrong.
Result<v1::SessionState> read_session_file(const std::filesystem::path& file);

}  // namespace talkback::project
