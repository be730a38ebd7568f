// Blobs that come in one request: a file, and no row before the last byte is on the disk.
#include <system_error>

#include "server/domain/ids.hpp"
#include "server/storage/blobs/folder_blob_store.hpp"

namespace talkback::storage {

namespace fs = std::filesystem;
using domain::ProjectId;
using domain::UploadStatus;
using domain::UploadWriter;
using domain::UserId;

namespace {

// For what the project holds already.
class PassOver final : public UploadWriter {
 public:
  explicit PassOver(std::int64_t size_bytes) : size_bytes_(size_bytes) {}
  Result<void> write(std::span<const std::byte>) override { return {}; }
  Result<UploadStatus> finish() override {
    return UploadStatus{.upload_id = {}, .offset_bytes = size_bytes_, .size_bytes = size_bytes_, .complete = true};
  }

 private:
  std::int64_t size_bytes_;
};

}  // namespace

class FolderBlobStore::WholeWriter final : public UploadWriter {
 public:
  // blob: with an id that is new, and its hash.
  WholeWriter(FolderBlobStore& store, UploadClaim claim, UploadRow blob, UploadFile file)
      : store_(store), claim_(std::move(claim)), blob_(std::move(blob)), file_(std::move(file)) {}
  ~WholeWriter() override {
    std::error_code ignored;
    if (!is_named_) fs::remove(path(), ignored);
  }
  WholeWriter(const WholeWriter&) = delete;
  WholeWriter& operator=(const WholeWriter&) = delete;

  Result<void> write(std::span<const std::byte> bytes) override {
    if (static_cast<std::int64_t>(bytes.size()) > blob_.size_bytes - file_.offset_bytes())
      return Error{ErrorCode::invalid, "more bytes came than were announced"};
    TALKBACK_TRY(file_.append(bytes));
    hash_.update(bytes);
    return {};
  }

  Result<UploadStatus> finish() override {
    blob_.offset_bytes = file_.offset_bytes();
    if (blob_.offset_bytes < blob_.size_bytes) return keep_part();
    TALKBACK_TRY(check_hash(hash_.finish(), *blob_.sha256));
    // Until the row is there: what is being collected and comes again at this moment stays.
    const auto claimed = store_.names_.take(*blob_.sha256);
    TALKBACK_TRY(store_.name(path(), claimed));
    is_named_ = true;
    TALKBACK_ASSIGN(const std::vector<std::string> ended, store_.table_.add_blob(blob_, store_.clock_.now_unix_ms()));
    std::error_code ignored;
    for (const std::string& upload_id : ended) fs::remove(store_.upload_path(upload_id), ignored);
    return UploadStatus{
        .upload_id = {}, .offset_bytes = blob_.size_bytes, .size_bytes = blob_.size_bytes, .complete = true};
  }

 private:
  fs::path path() const { return store_.upload_path(blob_.upload_id); }

  // The line broke: an upload that goes on from here, or the one that there is already.
  Result<UploadStatus> keep_part() {
    if (blob_.offset_bytes == 0) return UploadStatus{.upload_id = {}, .size_bytes = blob_.size_bytes};
    TALKBACK_TRY(file_.sync());
    TALKBACK_ASSIGN(const UploadRow upload, store_.table_.begin_upload(blob_, store_.clock_.now_unix_ms()));
    is_named_ = upload.upload_id == blob_.upload_id;
    return UploadStatus{.upload_id = upload.upload_id,
                        .offset_bytes = upload.offset_bytes,
                        .size_bytes = upload.size_bytes,
                        .complete = false};
  }

  FolderBlobStore& store_;
  UploadClaim claim_;
  UploadRow blob_;
  UploadFile file_;
  Sha256 hash_;
  bool is_named_ = false;  // by the blob folder or by a row: the file is no longer ours to remove
};

Result<std::unique_ptr<UploadWriter>> FolderBlobStore::receive_whole(const ProjectId& project, UserId user,
                                                                     const Sha256Digest& sha256,
                                                                     std::int64_t size_bytes) {
  if (size_bytes > domain::kWholeBlobBytesMax)
    return Error{ErrorCode::exhausted, "in one request come at most 16 MiB: begin an upload and send it in pieces"};
  TALKBACK_ASSIGN(const bool held, table_.holds(project, sha256));
  if (held) return std::unique_ptr<UploadWriter>(std::make_unique<PassOver>(size_bytes));
  UploadRow blob{.upload_id = domain::new_id(random_),
                 .project = project,
                 .user = user,
                 .sha256 = sha256,
                 .size_bytes = size_bytes,
                 .offset_bytes = 0};
  TALKBACK_ASSIGN(UploadClaim claim, claim_upload(blob.upload_id));
  TALKBACK_ASSIGN(UploadFile file, UploadFile::open(upload_path(blob.upload_id), 0));
  return std::unique_ptr<UploadWriter>(
      std::make_unique<WholeWriter>(*this, std::move(claim), std::move(blob), std::move(file)));
}

}  // namespace talkback::storage
