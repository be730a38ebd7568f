// Blobs on their way: resumable uploads in pieces, downloads that are verified before they get their name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "client/net/api.hpp"

namespace talkback::net {

// Bytes done of bytes in all.
using TransferProgress = std::function<void(std::int64_t done, std::int64_t all)>;

// Of a large file; a file of one piece goes in one request.
inline constexpr std::int64_t kUploadPieceBytes = 4 * 1024 * 1024;
// Files that are sent at a time: while the server makes one durable, others are on the line.
inline constexpr std::size_t kUploadLines = 6;

struct FileBlob {
  std::string sha256;  // lower-case hexadecimal
  std::int64_t size_bytes = 0;
};

// Uploads a file under its hash and returns once the server holds it durably and has verified it. Continues where an
// earlier try stopped; a dropped connection is tried again for about half a minute, then `unavailable`.
Result<FileBlob> upload(Api& api, const std::string& project, const std::filesystem::path& file,
                        const TransferProgress& progress = {});

// The same for several, over a few connections at a time; the first error ends it, and what has arrived stays.
// progress: of all bytes, on threads of its own, one at a time.
Result<void> upload_all(Api& api, const std::string& project, const std::vector<std::filesystem::path>& files,
                        const TransferProgress& progress = {});

// One try to send a file of at most kUploadPieceBytes, which is not read again to hash it. A part that arrives before
// the line breaks is what upload() goes on with.
Result<void> upload_whole(Api& api, const std::string& project, const std::filesystem::path& file,
                          const FileBlob& blob);

// An upload of what is still being made: it begins without hash and size. One thread.
class OpenUpload {
 public:
  static Result<OpenUpload> begin(Api& api, std::string project);
  // Where the server stands with one that was begun earlier; not_found where it has ended or was discarded.
  static Result<OpenUpload> resume(Api& api, std::string project, const std::string& upload_id);

  const std::string& id() const noexcept { return status_.upload_id(); }
  // Bytes that the server holds durably: the next piece begins here. Known also after a failure.
  std::int64_t offset_bytes() const noexcept { return status_.offset_bytes(); }

  // From offset_bytes() on; returns once the server holds it durably. `unavailable`: try again. `conflict`: the server
  // stands elsewhere, offset_bytes() says where now.
  Result<void> send(std::string piece);
  // The whole, whose first bytes `head` replaces. An answer that was lost on its way is recognised.
  Result<void> end(const FileBlob& blob, std::string_view head);

 private:
  OpenUpload(Api& api, std::string project, v1::Upload status)
      : api_(&api), project_(std::move(project)), status_(std::move(status)) {}
  Api* api_;
  std::string project_;
  v1::Upload status_;
};

// Downloads a blob to `file` (written beside it, verified, renamed). Fails with `corrupt` where the hash differs, with
// `unavailable` where the line broke: what has come stays beside it, and the next call goes on from there.
Result<void> download(Api& api, const std::string& project, const std::string& sha256,
                      const std::filesystem::path& file, const TransferProgress& progress = {});

}  // namespace talkback::net
