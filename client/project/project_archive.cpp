#include "client/project/project_archive.hpp"

#include <fstream>

#include "engine/archive/project_file.hpp"
#include "engine/base/sha256.hpp"
#include "engine/session/apply.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/state.hpp"

namespace talkback::project {
namespace {

constexpr int kEditsAtOnce = 1000;

class Writing {
 public:
  Writing(net::Api& api, const MediaFolder& media, const std::string& project, const ArchiveProgress& progress)
      : api_(api), media_(media), project_(project), progress_(progress) {}

  Result<ArchiveSummary> run(const std::filesystem::path& file) {
    TALKBACK_TRY(fetch_manifest());
    TALKBACK_TRY(fetch_blobs());
    TALKBACK_ASSIGN(archive::ProjectFileWriter writer, archive::ProjectFileWriter::create(file, manifest_));
    for (const v1::ArchivedBranch& branch : manifest_.branches()) TALKBACK_TRY(write_history(branch, writer));
    for (const v1::ArchivedBlob& blob : manifest_.blobs()) TALKBACK_TRY(write_blob(blob, writer));
    TALKBACK_TRY(writer.finish());
    return summary_;
  }

 private:
  Result<void> fetch_manifest() {
    TALKBACK_ASSIGN(const net::HttpAnswer got, api_.http().send({.path = net::project_path(project_, "/archive")}));
    if (!manifest_.ParseFromString(got.body) || manifest_.project_id() != project_)
      return Error{ErrorCode::corrupt, "the server's answer cannot be read; please update Talkback"};
    for (const v1::ArchivedBlob& blob : manifest_.blobs()) summary_.blob_bytes += blob.size_bytes();
    summary_.blobs = static_cast<std::size_t>(manifest_.blobs_size());
    return {};
  }

  Result<void> fetch_blobs() {
    std::int64_t done = 0;
    std::size_t here = 0;
    for (const v1::ArchivedBlob& blob : manifest_.blobs()) {
      if (progress_) progress_(static_cast<double>(done) / static_cast<double>(summary_.blob_bytes + 1));
      if (!media_.has(blob.sha256())) {
        const auto fetched = media_.fetch(api_, project_, blob.sha256(), blob.sha256().substr(0, 12));
        if (!fetched)
          return Error{fetched.error().code, fetched.error().message + " (" + std::to_string(here) + " of " +
                                                 std::to_string(summary_.blobs) +
                                                 " sounds are on this machine: the same command goes on from there)"};
      }
      ++here;
      done += blob.size_bytes();
    }
    return {};
  }

  // Where the branch begins.
  Result<session::Session> beginning_of(const v1::Branch& branch) {
    // Revision 0 is the same for all, and asked for by number it would mean the head.
    if (branch.base().revision() == 0) return session::from_state(manifest_.start());
    TALKBACK_ASSIGN(const v1::SessionState state,
                    api_.session({project_, branch.base().branch_id()}, branch.base().revision()));
    return session::from_state(state);
  }

  Result<void> write_history(const v1::ArchivedBranch& archived, archive::ProjectFileWriter& writer) {
    const v1::Branch& branch = archived.branch();
    TALKBACK_ASSIGN(session::Session session, beginning_of(branch));
    const Error leads_elsewhere{ErrorCode::corrupt, "the history of branch \"" + branch.name() +
                                                        "\" does not lead where the server says: an administrator "
                                                        "should run talkbackd verify"};
    for (std::uint64_t at = branch.base().revision(); at < branch.head_revision();) {
      const auto wanted = std::min<std::uint64_t>(branch.head_revision() - at, kEditsAtOnce);
      TALKBACK_ASSIGN(v1::CommittedBatch batch, api_.history({project_, branch.id()}, at, static_cast<int>(wanted)));
      if (batch.edits().empty() || batch.edits(0).revision() != at + 1) return leads_elsewhere;
      for (const v1::CommittedEdit& edit : batch.edits())
        if (!session::apply(session, edit.edit())) return leads_elsewhere;
      TALKBACK_TRY(writer.add(branch.id(), batch));
      at = batch.edits().rbegin()->revision();
      summary_.edits += static_cast<std::uint64_t>(batch.edits_size());
    }
    const Sha256Digest digest = session::digest(session);
    const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), digest.size());
    if (bytes != archived.head_digest()) return leads_elsewhere;
    return {};
  }

  Result<void> write_blob(const v1::ArchivedBlob& blob, archive::ProjectFileWriter& writer) {
    const std::filesystem::path file = media_.path_of(blob.sha256());
    std::ifstream in(file, std::ios::binary);
    Sha256 hash;
    TALKBACK_TRY(writer.add_blob(blob, [&](std::int64_t, std::span<std::byte> into) -> Result<std::size_t> {
      in.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
      const auto got = static_cast<std::size_t>(in.gcount());
      if (got == 0) return Error{ErrorCode::corrupt, file.string() + " is cut short"};
      hash.update(into.first(got));
      return got;
    }));
    if (to_hex(hash.finish()) == blob.sha256()) return {};
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    return Error{ErrorCode::corrupt, "the sound " + blob.sha256().substr(0, 12) +
                                         "… was damaged on this machine and is gone: the same command fetches it anew"};
  }

  net::Api& api_;
  const MediaFolder& media_;
  const std::string& project_;
  const ArchiveProgress& progress_;
  v1::ProjectArchive manifest_;
  ArchiveSummary summary_;
};

}  // namespace

Result<ArchiveSummary> write_archive(net::Api& api, const MediaFolder& media, const std::string& project,
                                     const std::filesystem::path& file, const ArchiveProgress& progress) {
  return Writing(api, media, project, progress).run(file);
}

}  // namespace talkback::project
