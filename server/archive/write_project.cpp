#include <cstdio>

#include "engine/session/canonical.hpp"
#include "engine/session/message_json.hpp"
#include "engine/session/state.hpp"
#include "server/archive/project_archive.hpp"
#include "server/archive/tar_file.hpp"
#include "server/domain/history.hpp"
#include "server/domain/messages.hpp"
#include "talkback/v1/archive.pb.h"

namespace talkback::archive {
namespace {

using domain::Branch;

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

Result<void> describe_branches(const Stores& stores, const std::vector<Branch>& branches, v1::ProjectArchive& archive) {
  for (const Branch& branch : branches) {
    v1::ArchivedBranch& wire = *archive.add_branches();
    *wire.mutable_branch() = domain::wire_of(branch);
    TALKBACK_ASSIGN(const domain::SessionAt head, domain::load_head(stores.log, branch.id));
    const Sha256Digest digest = session::digest(head.session);
    wire.set_head_digest(digest.data(), digest.size());
  }
  return {};
}

Result<void> describe_names(const Stores& stores, const domain::Project& project, v1::ProjectArchive& archive) {
  TALKBACK_ASSIGN(const auto suggestions, stores.suggestions.list(project.id));
  for (auto suggestion = suggestions.rbegin(); suggestion != suggestions.rend(); ++suggestion)
    *archive.add_suggestions() = domain::wire_of(*suggestion);
  TALKBACK_ASSIGN(const auto owner, stores.people.find_user(project.owner));
  TALKBACK_ASSIGN(const auto versions, stores.versions.list(project.id, owner->user.id));
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    v1::Version& wire = *archive.add_versions();
    wire = domain::wire_of(*version, nullptr);
    wire.clear_render_id();
    if (version->render_id.empty()) continue;
    TALKBACK_ASSIGN(const auto render, stores.renders.find(version->render_id));
    if (!render || render->status.state() != v1::RenderStatus::DONE) continue;
    wire.set_render_id(version->render_id);
    *archive.add_renders() = render->status;
  }
  return {};
}

Result<std::uint64_t> write_history(const Stores& stores, const Branch& branch, TarWriter& tar) {
  std::uint64_t at = branch.base ? branch.base->revision : 0;
  const std::uint64_t begin = at;
  while (at < branch.head_revision) {
    TALKBACK_ASSIGN(const v1::CommittedBatch batch,
                    stores.log.read(branch.id, at, domain::kReadEditsMax, domain::kReadBytesMax));
    if (batch.edits().empty())
      return Error{ErrorCode::corrupt,
                   "the history of branch " + branch.id + " is damaged: talkbackd verify tells more"};
    char number[24];
    std::snprintf(number, sizeof number, "%012llu", static_cast<unsigned long long>(at + 1));
    TALKBACK_TRY(tar.add("history/" + branch.id + "/" + number, batch.SerializeAsString()));
    at = batch.edits().rbegin()->revision();
  }
  return at - begin;
}

}  // namespace

Result<Summary> write_project(Stores stores, const std::string& id_or_name, const std::filesystem::path& file) {
  TALKBACK_ASSIGN(const domain::Project project, find_project(stores, id_or_name));
  Summary summary{
      .project = project.id, .name = project.name, .edits = 0, .blobs = 0, .blob_bytes = 0, .new_people = {}};
  v1::ProjectArchive archive;
  archive.set_format(1);
  archive.set_project_id(project.id);
  archive.set_name(project.name);
  archive.set_owner(project.owner);
  archive.set_created_unix_ms(project.created_unix_ms);
  TALKBACK_ASSIGN(*archive.mutable_start(), stores.log.snapshot(project.id, 0));
  TALKBACK_ASSIGN(const auto members, stores.projects.members(project.id));
  for (const domain::Member& member : members) {
    v1::ArchivedMember& wire = *archive.add_members();
    wire.set_user(member.user);
    wire.set_role(member.role);
  }
  TALKBACK_ASSIGN(const std::vector<Branch> branches, stores.branches.list(project.id));
  TALKBACK_TRY(describe_branches(stores, branches, archive));
  TALKBACK_TRY(describe_names(stores, project, archive));
  TALKBACK_ASSIGN(const auto blobs, stores.blobs.list(project.id));
  for (const Sha256Digest& sha256 : blobs) {
    TALKBACK_ASSIGN(const auto reader, stores.blobs.read(project.id, sha256));
    v1::ArchivedBlob& wire = *archive.add_blobs();
    wire.set_sha256(to_hex(sha256));
    wire.set_size_bytes(reader->size_bytes());
    summary.blob_bytes += reader->size_bytes();
  }
  summary.blobs = blobs.size();

  TALKBACK_ASSIGN(TarWriter tar, TarWriter::create(file));
  TALKBACK_TRY(tar.add("project.json", session::to_json(archive)));
  for (const Branch& branch : branches) {
    TALKBACK_ASSIGN(const std::uint64_t edits, write_history(stores, branch, tar));
    summary.edits += edits;
  }
  for (const Sha256Digest& sha256 : blobs) {
    TALKBACK_ASSIGN(const auto reader, stores.blobs.read(project.id, sha256));
    TALKBACK_TRY(tar.add("blobs/" + to_hex(sha256), reader->size_bytes(),
                         [&](std::int64_t offset, std::span<std::byte> into) { return reader->read(offset, into); }));
  }
  TALKBACK_TRY(tar.finish());
  return summary;
}

}  // namespace talkback::archive
