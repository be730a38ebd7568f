#include "engine/archive/project_file.hpp"
#include "server/archive/project_archive.hpp"
#include "server/domain/history.hpp"

namespace talkback::archive {
namespace {

// Any member's view will do; the owner is always there.
Result<domain::Project> project_of(const Stores& stores, const domain::ProjectId& id) {
  TALKBACK_ASSIGN(const auto members, stores.projects.members(id));
  if (members.empty()) return Error{ErrorCode::not_found, "there is no project " + id};
  TALKBACK_ASSIGN(const auto owner, stores.people.find_user(members.front().user));
  if (!owner) return Error{ErrorCode::corrupt, "project " + id + " has no owner"};
  TALKBACK_ASSIGN(const auto project, stores.projects.find(id, owner->user.id));
  if (!project) return Error{ErrorCode::not_found, "there is no project " + id};
  return *project;
}

Result<domain::Project> find_project(const Stores& stores, const std::string& id_or_name) {
  TALKBACK_ASSIGN(const auto ids, stores.projects.list_all());
  std::vector<domain::Project> named;
  for (const domain::ProjectId& id : ids) {
    TALKBACK_ASSIGN(domain::Project project, project_of(stores, id));
    if (id == id_or_name) return project;
    if (project.name == id_or_name) named.push_back(std::move(project));
  }
  if (named.empty()) return Error{ErrorCode::not_found, "there is no project \"" + id_or_name + "\" on this server"};
  if (named.size() == 1) return std::move(named.front());
  std::string list;
  for (const domain::Project& project : named) list += "\n  " + project.id + "  of " + project.owner;
  return Error{ErrorCode::conflict, "several projects are called \"" + id_or_name + "\"; give the id:" + list};
}

Result<std::uint64_t> write_history(const Stores& stores, const v1::Branch& branch, ProjectFileWriter& file) {
  std::uint64_t at = branch.base().revision();
  const std::uint64_t begin = at;
  while (at < branch.head_revision()) {
    TALKBACK_ASSIGN(const v1::CommittedBatch batch,
                    stores.log.read(branch.id(), at, domain::kReadEditsMax, domain::kReadBytesMax));
    if (batch.edits().empty())
      return Error{ErrorCode::corrupt,
                   "the history of branch " + branch.id() + " is damaged: talkbackd verify tells more"};
    TALKBACK_TRY(file.add(branch.id(), batch));
    at = batch.edits().rbegin()->revision();
  }
  return at - begin;
}

}  // namespace

Result<Summary> write_project(Stores stores, const std::string& id_or_name, const std::filesystem::path& file) {
  TALKBACK_ASSIGN(const domain::Project project, find_project(stores, id_or_name));
  Summary summary{
      .project = project.id, .name = project.name, .edits = 0, .blobs = 0, .blob_bytes = 0, .new_people = {}};
  TALKBACK_ASSIGN(const v1::ProjectArchive archive, describe_project(stores, project));
  TALKBACK_ASSIGN(ProjectFileWriter writer, ProjectFileWriter::create(file, archive));
  for (const v1::ArchivedBranch& branch : archive.branches()) {
    TALKBACK_ASSIGN(const std::uint64_t edits, write_history(stores, branch.branch(), writer));
    summary.edits += edits;
  }
  for (const v1::ArchivedBlob& blob : archive.blobs()) {
    TALKBACK_ASSIGN(const auto reader, stores.blobs.read(project.id, sha256_from_hex(blob.sha256()).value()));
    TALKBACK_TRY(writer.add_blob(
        blob, [&](std::int64_t offset, std::span<std::byte> into) { return reader->read(offset, into); }));
    summary.blob_bytes += blob.size_bytes();
  }
  summary.blobs = static_cast<std::size_t>(archive.blobs_size());
  TALKBACK_TRY(writer.finish());
  return summary;
}

}  // namespace talkback::archive
