#include "server/storage/blobs/folder_blob_store.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "server/domain/ids.hpp"

namespace talkback::storage {

namespace fs = std::filesystem;
using domain::ProjectId;
using domain::UploadStatus;
using domain::UserId;

namespace {

// Between two points that survive a power cut, each of which waits for the disk and takes a transaction: so many bytes
// at least, and then a second, or as many as a fast line brings in a fraction of that.
constexpr std::int64_t kUploadSyncBytesMin = 8 * 1024 * 1024;
constexpr std::int64_t kUploadSyncBytesMax = 64 * 1024 * 1024;
constexpr std::int64_t kUploadSyncIntervalMs = 1000;

UploadStatus status_of(const UploadRow& upload) {
  return {.upload_id = upload.upload_id,
          .offset_bytes = upload.offset_bytes,
          .size_bytes = upload.size_bytes,
          .complete = false};
}

class FileReader final : public domain::BlobReader {
 public:
  FileReader(int descriptor, std::int64_t size_bytes) : descriptor_(descriptor), size_bytes_(size_bytes) {}
  ~FileReader() override { ::close(descriptor_); }
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  std::int64_t size_bytes() const override { return size_bytes_; }

  Result<std::size_t> read(std::int64_t offset, std::span<std::byte> into) override {
    std::size_t total = 0;
    while (total < into.size()) {
      const auto at = static_cast<off_t>(offset + static_cast<std::int64_t>(total));
      const ssize_t got = ::pread(descriptor_, into.data() + total, into.size() - total, at);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return file_error(errno, "read a blob");
      if (got == 0) break;
      total += static_cast<std::size_t>(got);
    }
    return total;
  }

  Result<std::size_t> send(std::int64_t offset, std::size_t bytes, int socket) override {
    auto at = static_cast<off_t>(offset);
    const off_t end = at + static_cast<off_t>(bytes);
    while (at < end) {
      const ssize_t sent = ::sendfile(socket, descriptor_, &at, static_cast<std::size_t>(end - at));
      if (sent > 0 || (sent < 0 && errno == EINTR)) continue;
      if (sent < 0 && errno == EAGAIN) break;
      if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return file_error(errno, "send a blob");
      return Error{ErrorCode::corrupt, "a blob could not be read to its end"};
    }
    return static_cast<std::size_t>(at - offset);
  }

 private:
  int descriptor_;
  std::int64_t size_bytes_;
};

}  // namespace

class FolderBlobStore::Writer final : public domain::UploadWriter {
 public:
  Writer(FolderBlobStore& store, UploadClaim claim, UploadRow upload, UploadFile file)
      : store_(store),
        claim_(std::move(claim)),
        upload_(std::move(upload)),
        file_(std::move(file)),
        durable_unix_ms_(store.clock_.now_unix_ms()) {
    if (file_.offset_bytes() == 0) hash_.emplace();
  }

  Result<void> write(std::span<const std::byte> bytes) override {
    if (static_cast<std::int64_t>(bytes.size()) > upload_.size_bytes - file_.offset_bytes())
      return Error{ErrorCode::invalid, "more bytes came than were announced"};
    TALKBACK_TRY(file_.append(bytes));
    if (hash_) hash_->update(bytes);
    const std::int64_t volatile_bytes = file_.offset_bytes() - upload_.offset_bytes;
    const bool is_due = volatile_bytes >= kUploadSyncBytesMin &&
                        store_.clock_.now_unix_ms() - durable_unix_ms_ >= kUploadSyncIntervalMs;
    return is_due || volatile_bytes >= kUploadSyncBytesMax ? make_durable() : Result<void>();
  }

  Result<UploadStatus> finish() override {
    if (!upload_.sha256 || file_.offset_bytes() != upload_.size_bytes) {
      TALKBACK_TRY(make_durable());
      return status_of(upload_);
    }
    // Neither synced nor noted any more: the blob is, and with it the upload ends.
    upload_.offset_bytes = file_.offset_bytes();
    if (hash_) return store_.complete(upload_, *upload_.sha256, hash_->finish());
    return store_.complete(upload_, *upload_.sha256);
  }

 private:
  Result<void> make_durable() {
    TALKBACK_TRY(file_.sync());
    upload_.offset_bytes = file_.offset_bytes();
    durable_unix_ms_ = store_.clock_.now_unix_ms();
    return store_.table_.set_offset(upload_.upload_id, upload_.offset_bytes, durable_unix_ms_);
  }

  FolderBlobStore& store_;
  UploadClaim claim_;
  UploadRow upload_;
  UploadFile file_;
  std::int64_t durable_unix_ms_;
  // Of all bytes so far, where this writer has seen them all: then nothing has to be read again.
  std::optional<Sha256> hash_;
};

Result<std::unique_ptr<FolderBlobStore>> FolderBlobStore::open(Database& database, const fs::path& blob_folder,
                                                               const fs::path& upload_folder, domain::Clock& clock,
                                                               domain::Random& random) {
  TALKBACK_ASSIGN(BlobFolder blobs, BlobFolder::open(blob_folder));
  std::error_code failed;
  fs::create_directories(upload_folder, failed);
  if (failed) return file_error(failed.value(), "create the folder of uploads");
  std::unique_ptr<FolderBlobStore> store(new FolderBlobStore(database, std::move(blobs), upload_folder, clock, random));
  TALKBACK_TRY(store->discard_stray_uploads());
  return store;
}

Result<FolderBlobStore::UploadClaim> FolderBlobStore::claim_upload(const std::string& upload_id) {
  auto claim = upload_claims_.try_take(upload_id);
  if (!claim) return Error{ErrorCode::conflict, "another connection is sending this upload"};
  return *std::move(claim);
}

Result<UploadStatus> FolderBlobStore::begin_upload(const ProjectId& project, UserId user, const Sha256Digest& sha256,
                                                   std::int64_t size_bytes) {
  if (size_bytes < 0) return Error{ErrorCode::invalid, "an upload says how many bytes it has"};
  if (size_bytes > domain::kBlobBytesMax)
    return Error{ErrorCode::exhausted, "the file is larger than this server takes (16 GiB)"};
  TALKBACK_ASSIGN(const bool held, table_.holds(project, sha256));
  if (held) {
    TALKBACK_ASSIGN(const std::uint64_t size, blobs_.size_of(sha256));
    const auto bytes = static_cast<std::int64_t>(size);
    return UploadStatus{.upload_id = {}, .offset_bytes = bytes, .size_bytes = bytes, .complete = true};
  }
  const UploadRow wanted{.upload_id = domain::new_id(random_),
                         .project = project,
                         .user = user,
                         .sha256 = sha256,
                         .size_bytes = size_bytes,
                         .offset_bytes = 0};
  TALKBACK_ASSIGN(const UploadRow upload, table_.begin_upload(wanted, clock_.now_unix_ms()));
  if (upload.size_bytes != size_bytes) return Error{ErrorCode::conflict, "this upload was begun with another size"};
  return status_of(upload);
}

Result<UploadRow> FolderBlobStore::own_upload(const ProjectId& project, UserId user, const std::string& upload_id) {
  const Error missing{ErrorCode::not_found, "there is no such upload: it is complete, discarded or was never begun"};
  if (!domain::is_id(upload_id)) return missing;
  TALKBACK_ASSIGN(auto found, table_.find_upload(upload_id));
  if (!found || found->project != project || found->user != user) return missing;
  return *std::move(found);
}

Result<UploadStatus> FolderBlobStore::find_upload(const ProjectId& project, UserId user, const std::string& upload_id) {
  TALKBACK_ASSIGN(const UploadRow upload, own_upload(project, user, upload_id));
  return status_of(upload);
}

Result<std::unique_ptr<domain::UploadWriter>> FolderBlobStore::continue_upload(const ProjectId& project, UserId user,
                                                                               const std::string& upload_id,
                                                                               std::int64_t offset_bytes) {
  TALKBACK_ASSIGN(const UploadRow seen, own_upload(project, user, upload_id));
  TALKBACK_ASSIGN(UploadClaim claim, claim_upload(seen.upload_id));
  // Read again: whoever had the claim before may have moved on.
  TALKBACK_ASSIGN(UploadRow upload, own_upload(project, user, upload_id));
  if (upload.offset_bytes != offset_bytes)
    return Error{ErrorCode::conflict,
                 "the server holds " + std::to_string(upload.offset_bytes) + " bytes of this upload: continue there"};
  auto file = UploadFile::open(upload_path(upload_id), offset_bytes);
  if (!file) {
    if (file.error().code == ErrorCode::corrupt) discard(upload_id);
    return std::move(file).error();
  }
  return std::unique_ptr<domain::UploadWriter>(
      std::make_unique<Writer>(*this, std::move(claim), std::move(upload), *std::move(file)));
}

Result<UploadStatus> FolderBlobStore::open_upload(const ProjectId& project, UserId user) {
  const UploadRow wanted{.upload_id = domain::new_id(random_),
                         .project = project,
                         .user = user,
                         .sha256 = std::nullopt,
                         .size_bytes = domain::kBlobBytesMax,
                         .offset_bytes = 0};
  TALKBACK_ASSIGN(const UploadRow upload, table_.begin_upload(wanted, clock_.now_unix_ms()));
  return status_of(upload);
}

Result<UploadStatus> FolderBlobStore::end_upload(const ProjectId& project, UserId user, const std::string& upload_id,
                                                 const UploadEnd& end) {
  TALKBACK_ASSIGN(const UploadRow seen, own_upload(project, user, upload_id));
  if (seen.sha256) return Error{ErrorCode::invalid, "this upload was begun with its hash: it ends with its last byte"};
  if (end.head.size() > domain::kUploadHeadBytesMax)
    return Error{ErrorCode::invalid, "a head may have 32 KiB, not " + std::to_string(end.head.size()) + " bytes"};
  TALKBACK_ASSIGN(const UploadClaim claim, claim_upload(upload_id));
  TALKBACK_ASSIGN(UploadRow upload, own_upload(project, user, upload_id));
  if (upload.offset_bytes != end.size_bytes || end.size_bytes < static_cast<std::int64_t>(end.head.size()))
    return Error{ErrorCode::conflict,
                 "the server holds " + std::to_string(upload.offset_bytes) + " bytes of this upload: continue there"};
  TALKBACK_ASSIGN(UploadFile file, UploadFile::open(upload_path(upload_id), upload.offset_bytes));
  TALKBACK_TRY(file.replace_head(std::as_bytes(std::span(end.head))));
  upload.sha256 = end.sha256;
  upload.size_bytes = end.size_bytes;
  return complete(upload, end.sha256);
}

Result<void> FolderBlobStore::check_hash(const Sha256Digest& found, const Sha256Digest& expected) {
  if (found == expected) return {};
  return Error{ErrorCode::corrupt, "the bytes that arrived hash to " + to_hex(found) + ", not to " + to_hex(expected) +
                                       ": the upload was discarded, send it again"};
}

Result<UploadStatus> FolderBlobStore::complete(const UploadRow& upload, const Sha256Digest& expected) {
  TALKBACK_ASSIGN(const Sha256Digest found, sha256_of_file(upload_path(upload.upload_id)));
  return complete(upload, expected, found);
}

Result<UploadStatus> FolderBlobStore::complete(const UploadRow& upload, const Sha256Digest& expected,
                                               const Sha256Digest& found) {
  if (auto right = check_hash(found, expected); !right) {
    discard(upload.upload_id);
    return std::move(right).error();
  }
  // Until the row is there: what is being collected and comes again at this moment stays.
  const auto claimed = names_.take(expected);
  TALKBACK_TRY(name(upload_path(upload.upload_id), claimed));
  TALKBACK_TRY(table_.complete_upload(upload, clock_.now_unix_ms()));
  UploadStatus status = status_of(upload);
  status.complete = true;
  return status;
}

void FolderBlobStore::discard(const std::string& upload_id) {
  std::error_code ignored;
  fs::remove(upload_path(upload_id), ignored);
  // A row that stays says "corrupt" to the next attempt, which discards it again.
  (void)table_.discard_upload(upload_id);
}

Result<bool> FolderBlobStore::holds(const ProjectId& project, const Sha256Digest& sha256) {
  return table_.holds(project, sha256);
}

Result<std::unique_ptr<domain::BlobReader>> FolderBlobStore::read(const ProjectId& project,
                                                                  const Sha256Digest& sha256) {
  TALKBACK_ASSIGN(const bool held, table_.holds(project, sha256));
  if (!held) return Error{ErrorCode::not_found, "this project holds no blob " + to_hex(sha256)};
  const int descriptor = ::open(blobs_.path_of(sha256).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Error{ErrorCode::corrupt, "the server has lost blob " + to_hex(sha256)};
  const auto size = static_cast<std::int64_t>(::lseek(descriptor, 0, SEEK_END));
  return std::unique_ptr<domain::BlobReader>(std::make_unique<FileReader>(descriptor, size));
}

Result<Sha256Digest> FolderBlobStore::adopt(const fs::path& file) {
  TALKBACK_ASSIGN(const Sha256Digest digest, sha256_of_file(file));
  // Its row comes later: being touched keeps it until then.
  TALKBACK_TRY(name(file, names_.take(digest)));
  return digest;
}

Result<void> FolderBlobStore::prepare() {
  TALKBACK_TRY(blobs_.prepare());
  is_prepared_ = true;
  return {};
}

Result<int> FolderBlobStore::discard_stale_uploads() {
  TALKBACK_ASSIGN(const std::vector<std::string> stale,
                  table_.uploads_unchanged_since(clock_.now_unix_ms() - domain::kUploadLifetimeMs));
  int count = 0;
  for (const std::string& upload_id : stale) {
    const auto claim = upload_claims_.try_take(upload_id);
    if (!claim) continue;
    discard(upload_id);
    ++count;
  }
  TALKBACK_ASSIGN(const int strays, discard_stray_uploads());
  return count + strays;
}

// A file has a row, or somebody who writes it and has claimed it before. With neither nobody can go on with it: its
// project is gone, or a crash came between the two.
Result<int> FolderBlobStore::discard_stray_uploads() {
  int count = 0;
  std::error_code failed;
  std::error_code kept;
  for (const auto& entry : fs::directory_iterator(uploads_, failed)) {
    const std::string upload_id = entry.path().filename().string();
    const auto claim = upload_claims_.try_take(upload_id);
    if (!claim) continue;
    TALKBACK_ASSIGN(const auto row, table_.find_upload(upload_id));
    if (!row && fs::remove(entry.path(), kept)) ++count;
  }
  if (failed) return file_error(failed.value(), "read the folder of uploads");
  return count;
}

}  // namespace talkback::storage
