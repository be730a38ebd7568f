// Blobs on their way: resumable uploads in pieces, downloads that are verified before they get their name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "client/net/api.hpp"

namespace talkback::net {

// Bytes done of bytes in all.
using TransferProgress = std::function<void(std::int64_t done, std::int64_t all)>;

inline constexpr std::int64_t kUploadPieceBytes = 4 * 1024 * 1024;

struct FileBlob {
  std::string sha256;  // lower-case hexadecimal
  std::int64_t size_bytes = 0;
};

// Uploads a file under its hash and returns once the server holds it durably and has verified it. Continues where an
// earlier try stopped; a dropped connection is tried again for about half a minute, then `unavailable`.
Result<FileBlob> upload(Api& api, const std::string& project, const std::filesystem::path& file,
                        const TransferProgress& progress = {});

// Downloads a blob to `file` (written beside it, verified, renamed). Fails with `corrupt` where the hash differs.
Result<void> download(Api& api, const std::string& project, const std::string& sha256,
                      const std::filesystem::path& file, const TransferProgress& progress = {});

}  // namespace talkback::net
