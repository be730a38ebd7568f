// The sounds of a session that is rendered without a server, found among people's own files.
//
// A file is known by its bytes alone. They are hashed by several threads, files called like what is missing first, and
// no longer than until all is found. Beside each link stands what the file was like then (size, times, place on the
// disk): one that is no longer so is hashed anew, and never taken for what it was. As times go by ticks of the system's
// clock, that of a file that had just changed is not noted, and it is hashed each time until it rests.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "engine/base/blob_folder.hpp"
#include "engine/session/session.hpp"

namespace talkback::project {

struct LinkOptions {
  int threads = 0;  // 0: as many as the machine has
  // The time of day, which files' times are compared with.
  std::chrono::system_clock::time_point now = std::chrono::system_clock::now();
};

// Finds what the session plays among the files in and below the folders, whatever their names, and makes it readable
// under its hash in `blobs`, by links. Fails with not_found, naming what is missing.
Result<void> link_media(const session::Session& session, const std::vector<std::filesystem::path>& folders,
                        const BlobFolder& blobs, const LinkOptions& options = {});

}  // namespace talkback::project
