// A session in a file (what `talkback --json session show` prints), and its sounds in folders: rendering without a
// server.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/base/blob_folder.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::project {

// Checked as a session is that a server sends. Fails with not_found, or with invalid and what is wrong.
Result<v1::SessionState> read_session_file(const std::filesystem::path& file);

// Finds what the session plays among the files in and below the folders, whatever their names, and makes it readable
// under its hash in `blobs`, by links. Fails with not_found, naming what is missing.
Result<void> link_media(const session::Session& session, const std::vector<std::filesystem::path>& folders,
                        const BlobFolder& blobs);

}  // namespace talkback::project
