#include <map>

#include "engine/session/canonical.hpp"
#include "server/archive/project_archive.hpp"
#include "server/domain/history.hpp"
#include "server/domain/messages.hpp"

namespace talkback::archive {
namespace {

// Newest revisions of the branches that the archive has.
using Heads = std::map<domain::BranchId, std::uint64_t>;

bool has(const Heads& heads, const domain::Moment& moment) {
  const auto head = heads.find(moment.branch);
  return head != heads.end() && moment.revision <= head->second;
}

Result<Heads> describe_branches(const Stores& stores, const domain::ProjectId& project, v1::ProjectArchive& archive) {
  TALKBACK_ASSIGN(const auto branches, stores.branches.list(project));
  Heads heads;
  for (const domain::Branch& branch : branches) {
    v1::ArchivedBranch& wire = *archive.add_branches();
    *wire.mutable_branch() = domain::wire_of(branch);
    TALKBACK_ASSIGN(const domain::SessionAt head, domain::load_session(stores.log, branch.id, branch.head_revision));
    const Sha256Digest digest = session::digest(head.session);
    wire.set_head_digest(digest.data(), digest.size());
    heads[branch.id] = branch.head_revision;
  }
  return heads;
}

Result<void> describe_suggestions(const Stores& stores, const domain::ProjectId& project, const Heads& heads,
                                  v1::ProjectArchive& archive) {
  TALKBACK_ASSIGN(const auto suggestions, stores.suggestions.list(project));
  for (auto suggestion = suggestions.rbegin(); suggestion != suggestions.rend(); ++suggestion)
    if (heads.contains(suggestion->branch.id)) *archive.add_suggestions() = domain::wire_of(*suggestion);
  return {};
}

Result<void> describe_versions(const Stores& stores, const domain::Project& project, const Heads& heads,
                               v1::ProjectArchive& archive) {
  TALKBACK_ASSIGN(const auto owner, stores.people.find_user(project.owner));
  if (!owner) return Error{ErrorCode::corrupt, "project " + project.id + " has no owner"};
  TALKBACK_ASSIGN(const auto versions, stores.versions.list(project.id, owner->user.id));
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    if (!has(heads, version->moment)) continue;
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

}  // namespace

// The branches first: people may be at work, and what has come since belongs to the next archive. Sounds last, so that
// none is missing that something before them refers to.
Result<v1::ProjectArchive> describe_project(const Stores& stores, const domain::Project& project) {
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
  TALKBACK_ASSIGN(const Heads heads, describe_branches(stores, project.id, archive));
  TALKBACK_TRY(describe_suggestions(stores, project.id, heads, archive));
  TALKBACK_TRY(describe_versions(stores, project, heads, archive));
  TALKBACK_ASSIGN(const auto blobs, stores.blobs.list(project.id));
  for (const Sha256Digest& sha256 : blobs) {
    TALKBACK_ASSIGN(const auto reader, stores.blobs.read(project.id, sha256));
    v1::ArchivedBlob& wire = *archive.add_blobs();
    wire.set_sha256(to_hex(sha256));
    wire.set_size_bytes(reader->size_bytes());
  }
  return archive;
}

}  // namespace talkback::archive
