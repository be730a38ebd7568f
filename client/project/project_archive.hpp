// A project's archive, made by a member: the server describes it, histories and sounds are fetched, compared with what
// was described, and written into one file (archive.proto). Blocking; one thread.
//
// What was fetched stays on this machine, half sounds too: after a broken line the next call goes on from there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "client/net/api.hpp"
#include "client/project/media_folder.hpp"

namespace talkback::project {

struct ArchiveSummary {
  std::uint64_t edits = 0;
  std::size_t blobs = 0;
  std::int64_t blob_bytes = 0;
};

// From 0 to 1.
using ArchiveProgress = std::function<void(double done)>;

// The file has its name once all of it is durable. denied: only owners and producers make archives; unavailable: the
// server is gone; corrupt: what came has another hash, or a history does not lead where the server says.
Result<ArchiveSummary> write_archive(net::Api& api, const MediaFolder& media, const std::string& project,
                                     const std::filesystem::path& file, const ArchiveProgress& progress = {});

}  // namespace talkback::project
