// Stored bytes: which project holds what, and uploads on their way.
//
// A blob is named by its SHA-256. Knowing the name opens nothing: reading goes through a project that holds it, and
// only the same project's "already there" is told. A blob is readable only when complete, hashed and durable.
// Blocking: file I/O and hashing. [worker-thread]
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/base/sha256.hpp"
#include "server/domain/people.hpp"
#include "server/domain/projects.hpp"

namespace talkback::domain {

// A day of 24-bit stereo at 96 kHz is 50 GB; nobody sends that in one file.
inline constexpr std::int64_t kBlobBytesMax = std::int64_t{16} << 30;
inline constexpr int kUploadsPerUserMax = 256;
// Room for a WAV's or FLAC's chunks of metadata; as Base64 it fits into a body of JSON.
inline constexpr std::size_t kUploadHeadBytesMax = 32 * 1024;
// What may come in one request with its name and size, without an upload that is begun first. A larger one survives the
// server's crash by the part that was durable.
inline constexpr std::int64_t kWholeBlobBytesMax = std::int64_t{16} << 20;
inline constexpr std::int64_t kUploadLifetimeMs = std::int64_t{7} * 24 * 3600 * 1000;

struct UploadStatus {
  std::string upload_id;
  std::int64_t offset_bytes = 0;
  std::int64_t size_bytes = 0;
  bool complete = false;
};

// One open file being read.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  virtual std::int64_t size_bytes() const = 0;
  // Bytes read; fewer than asked for at the end only.
  virtual Result<std::size_t> read(std::int64_t offset, std::span<std::byte> into) = 0;
  // Hands a connected socket as many of `bytes` bytes as it takes without waiting, past this process's memory, and
  // returns how many. May wait for the disk. unavailable: the peer is gone (the process is to ignore SIGPIPE);
  // corrupt: the disk fails, or has fewer bytes than it should.
  virtual Result<std::size_t> send(std::int64_t offset, std::size_t bytes, int socket) = 0;
};

// Receives the bytes of one upload in order. One writer an upload at a time.
class UploadWriter {
 public:
  virtual ~UploadWriter() = default;
  // invalid: more bytes than announced; exhausted: the disk is full.
  virtual Result<void> write(std::span<const std::byte> bytes) = 0;
  // Makes what was written durable and tells how far it reaches. After the last byte the blob is hashed and
  // joins the project; corrupt: the hash is another one, the upload is gone.
  virtual Result<UploadStatus> finish() = 0;
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;
  // Begins or resumes. Complete at once where this project holds the blob.
  virtual Result<UploadStatus> begin_upload(const ProjectId& project, UserId user, const Sha256Digest& sha256,
                                            std::int64_t size_bytes) = 0;
  // One whose hash and size its end tells.
  virtual Result<UploadStatus> open_upload(const ProjectId& project, UserId user) = 0;
  struct UploadEnd {
    Sha256Digest sha256{};
    std::int64_t size_bytes = 0;
    std::string_view head = {};  // takes the place of the first bytes
  };
  // The blob joins the project. conflict: the server holds another count of bytes, or another connection is writing;
  // corrupt: the hash is another one, the upload is gone; invalid: not an open one, or a head that is too long.
  virtual Result<UploadStatus> end_upload(const ProjectId& project, UserId user, const std::string& upload_id,
                                          const UploadEnd& end) = 0;
  virtual Result<UploadStatus> find_upload(const ProjectId& project, UserId user, const std::string& upload_id) = 0;
  // conflict: the offset is not where the server stands, or another connection is writing.
  virtual Result<std::unique_ptr<UploadWriter>> continue_upload(const ProjectId& project, UserId user,
                                                                const std::string& upload_id,
                                                                std::int64_t offset_bytes) = 0;
  // A blob that comes whole, of at most kWholeBlobBytesMax: nothing is noted of it before finish(), which makes of a
  // part an upload that begin_upload finds and continues. Where this project holds the blob, what comes is passed over.
  virtual Result<std::unique_ptr<UploadWriter>> receive_whole(const ProjectId& project, UserId user,
                                                              const Sha256Digest& sha256, std::int64_t size_bytes) = 0;
  virtual Result<bool> holds(const ProjectId& project, const Sha256Digest& sha256) = 0;
  // not_found where the project does not hold it.
  virtual Result<std::unique_ptr<BlobReader>> read(const ProjectId& project, const Sha256Digest& sha256) = 0;
  // Takes over a finished file on behalf of a render; not yet in a project (RenderStore::finish does that).
  virtual Result<Sha256Digest> adopt(const std::filesystem::path& file) = 0;
  virtual const std::filesystem::path& folder() const = 0;
  // What the project holds, in the order of the names.
  virtual Result<std::vector<Sha256Digest>> list(const ProjectId& project) = 0;
  // Every name in the database; for verification.
  virtual Result<std::vector<Sha256Digest>> list_all() = 0;
  virtual Result<void> verify(const Sha256Digest& sha256) = 0;
  // Those that nobody has continued for kUploadLifetimeMs, and files that no upload has any more: their project is
  // gone. How many.
  virtual Result<int> discard_stale_uploads() = 0;
};

}  // namespace talkback::domain
