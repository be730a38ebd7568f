// Blobs in a folder, with their tables in SQLite.
//
// Order of durability: bytes synced, named, folder synced, then the row, then the answer. After a crash the folder may
// hold blobs without a row (harmless, found again by the next upload), never a row without its blob. [any-thread]
#pragma once

#include <atomic>

#include "engine/base/blob_folder.hpp"
#include "server/domain/blobs.hpp"
#include "server/domain/outside.hpp"
#include "server/storage/blobs/name_claims.hpp"
#include "server/storage/blobs/upload_file.hpp"
#include "server/storage/sqlite/blob_table.hpp"
#include "server/storage/sqlite/unreferenced_blobs.hpp"

namespace talkback::storage {

class FolderBlobStore final : public domain::BlobStore {
 public:
  // Removes files of uploads that the database does not know.
  static Result<std::unique_ptr<FolderBlobStore>> open(Database& database, const std::filesystem::path& blob_folder,
                                                       const std::filesystem::path& upload_folder, domain::Clock& clock,
                                                       domain::Random& random);

  // Makes the folders of blobs. Without it all works as well, and each new blob waits for one sync more.
  Result<void> prepare();

  Result<domain::UploadStatus> begin_upload(const domain::ProjectId& project, domain::UserId user,
                                            const Sha256Digest& sha256, std::int64_t size_bytes) override;
  Result<domain::UploadStatus> open_upload(const domain::ProjectId& project, domain::UserId user) override;
  Result<domain::UploadStatus> end_upload(const domain::ProjectId& project, domain::UserId user,
                                          const std::string& upload_id, const UploadEnd& end) override;
  Result<domain::UploadStatus> find_upload(const domain::ProjectId& project, domain::UserId user,
                                           const std::string& upload_id) override;
  Result<std::unique_ptr<domain::UploadWriter>> continue_upload(const domain::ProjectId& project, domain::UserId user,
                                                                const std::string& upload_id,
                                                                std::int64_t offset_bytes) override;
  Result<std::unique_ptr<domain::UploadWriter>> receive_whole(const domain::ProjectId& project, domain::UserId user,
                                                              const Sha256Digest& sha256,
                                                              std::int64_t size_bytes) override;
  Result<bool> holds(const domain::ProjectId& project, const Sha256Digest& sha256) override;
  Result<std::unique_ptr<domain::BlobReader>> read(const domain::ProjectId& project,
                                                   const Sha256Digest& sha256) override;
  Result<Sha256Digest> adopt(const std::filesystem::path& file) override;
  const std::filesystem::path& folder() const override { return blobs_.root(); }
  Result<std::vector<Sha256Digest>> list(const domain::ProjectId& project) override { return table_.list(project); }
  Result<std::vector<Sha256Digest>> list_all() override { return table_.list_all(); }
  Result<void> verify(const Sha256Digest& sha256) override { return blobs_.verify(sha256); }
  Result<int> discard_stale_uploads() override;

  struct Collecting {
    std::int64_t grace_ms = 0;  // for so long nothing has referred to what goes
    bool is_trial = false;      // nothing is changed, or even noted
  };
  struct Collected {
    std::vector<UnreferencedBlob> gone;     // or would be
    std::vector<UnreferencedBlob> waiting;  // for their grace to end
  };
  // Removes blobs that nothing refers to, and files that have no row: those of crashes. The row first, so that a crash
  // in between leaves a file that the next time finds. A blob that comes again meanwhile stays, or is there again.
  Result<Collected> collect(const Collecting& how);

 private:
  class Writer;
  class WholeWriter;
  // Only one connection writes an upload.
  using UploadClaim = NameClaims<std::string>::Held;

  FolderBlobStore(Database& database, BlobFolder blobs, std::filesystem::path uploads, domain::Clock& clock,
                  domain::Random& random)
      : table_(database),
        unreferenced_(database),
        blobs_(std::move(blobs)),
        uploads_(std::move(uploads)),
        clock_(clock),
        random_(random) {}

  std::filesystem::path upload_path(const std::string& upload_id) const { return uploads_ / upload_id; }
  Result<UploadClaim> claim_upload(const std::string& upload_id);
  Result<UploadRow> own_upload(const domain::ProjectId& project, domain::UserId user, const std::string& upload_id);
  static Result<void> check_hash(const Sha256Digest& found, const Sha256Digest& expected);
  // Reads the file again where what its bytes hash to is not known.
  Result<domain::UploadStatus> complete(const UploadRow& upload, const Sha256Digest& expected);
  Result<domain::UploadStatus> complete(const UploadRow& upload, const Sha256Digest& expected,
                                        const Sha256Digest& found);
  // The file becomes the blob, durably, and counts as touched now. The name is claimed.
  Result<void> name(const std::filesystem::path& file, const NameClaims<Sha256Digest>::Held& name);
  bool was_touched_since(const Sha256Digest& sha256, std::int64_t unix_ms) const;
  Result<void> collect_rows(const Collecting& how, Collected& collected);
  Result<void> collect_strays(const Collecting& how, Collected& collected);
  void discard(const std::string& upload_id);
  Result<int> discard_stray_uploads();

  BlobTable table_;
  UnreferencedBlobs unreferenced_;
  BlobFolder blobs_;
  std::filesystem::path uploads_;
  domain::Clock& clock_;
  domain::Random& random_;
  NameClaims<Sha256Digest> names_;
  NameClaims<std::string> upload_claims_;
  std::atomic<bool> is_prepared_{false};
};

}  // namespace talkback::storage
