#include <algorithm>
#include <future>
#include <map>
#include <set>

#include "engine/archive/tar_file.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/message_json.hpp"
#include "engine/session/state.hpp"
#include "server/archive/project_archive.hpp"
#include "server/domain/history.hpp"
#include "server/domain/ids.hpp"
#include "server/domain/links.hpp"
#include "talkback/v1/archive.pb.h"

namespace talkback::archive {
namespace {

using domain::BranchId;
using domain::UserId;

// A session of kObjectsMax objects, as JSON.
constexpr std::size_t kManifestBytesMax = std::size_t{1} << 30;
constexpr std::size_t kBatchBytesMax = 64 * 1024 * 1024;
constexpr std::size_t kChunkBytes = 256 * 1024;

Error damaged(const std::string& why) { return {ErrorCode::corrupt, "this is no whole archive of a project: " + why}; }

class Reading {
 public:
  Reading(Stores stores, TarReader tar) : stores_(stores), tar_(std::move(tar)) {}

  Result<Summary> run() {
    TALKBACK_TRY(read_manifest());
    TALKBACK_TRY(check_ids());
    TALKBACK_TRY(create_project());
    auto restored = restore();
    if (restored) restored = stores_.projects.set_trashed(archive_.project_id(), 0);
    if (restored) return summary_;
    // Half a project helps nobody.
    if (const auto removed = stores_.projects.remove(archive_.project_id()); !removed) return removed.error();
    return restored.error();
  }

 private:
  Result<void> read_manifest() {
    auto entry = tar_.next();
    if (!entry) return entry.error();
    if (entry->name != "project.json") return damaged("it does not begin with project.json");
    TALKBACK_ASSIGN(const std::string text, tar_.read_all(kManifestBytesMax));
    if (!session::from_json(text, archive_)) return damaged("project.json cannot be read");
    if (archive_.format() != 1)
      return Error{ErrorCode::invalid, "the archive is of a newer Talkback: update this server"};
    summary_.project = archive_.project_id();
    summary_.name = archive_.name();
    return {};
  }

  // They become names of files and rows.
  Result<void> check_ids() const {
    if (!domain::is_id(archive_.project_id()) || archive_.branches().empty()) return damaged("it names no project");
    for (const v1::ArchivedBranch& branch : archive_.branches())
      if (!domain::is_id(branch.branch().id())) return damaged("it names a branch that is none");
    return {};
  }

  Result<UserId> person(const std::string& name) {
    if (const auto known = people_.find(name); known != people_.end()) return known->second;
    // Whoever came by a link is a name in the history; the link itself stays behind.
    const bool is_link = domain::is_link_name(name);
    if (!is_link) TALKBACK_TRY(domain::check_user_name(name));
    TALKBACK_ASSIGN(const auto found, stores_.people.find_user(name));
    if (found) return people_[name] = found->user.id;
    TALKBACK_ASSIGN(const domain::User made, stores_.people.add_user(name, {}, false, stores_.clock.now_unix_ms()));
    TALKBACK_TRY(stores_.people.set_disabled(name, true));
    if (!is_link) summary_.new_people.push_back(name);
    return people_[name] = made.id;
  }

  Result<void> create_project() {
    TALKBACK_ASSIGN(const auto all, stores_.projects.list_all());
    if (std::ranges::find(all, archive_.project_id()) != all.end())
      return Error{ErrorCode::conflict, "project " + archive_.project_id() + " (\"" + archive_.name() +
                                            "\") is on this server already: nothing was changed"};
    TALKBACK_ASSIGN(const session::Session start, session::from_state(archive_.start()));
    TALKBACK_ASSIGN(const UserId owner, person(archive_.owner()));
    domain::Project project;
    project.id = archive_.project_id();
    project.name = archive_.name();
    project.owner = archive_.owner();
    project.created_unix_ms = archive_.created_unix_ms();
    return stores_.projects.create(project, owner, session::to_state(start, 0));
  }

  Result<void> restore() {
    const std::string& project = archive_.project_id();
    // Nobody sees it before it is whole.
    TALKBACK_TRY(stores_.projects.set_trashed(project, stores_.clock.now_unix_ms()));
    for (const v1::ArchivedMember& member : archive_.members()) {
      TALKBACK_TRY(person(member.user()));
      if (member.role() == v1::OWNER) continue;
      TALKBACK_TRY(stores_.projects.set_member(project, {.user = member.user(), .role = member.role()}));
    }
    TALKBACK_TRY(add_branches());
    TALKBACK_TRY(read_parts());
    TALKBACK_TRY(compare());
    TALKBACK_TRY(add_versions());
    return answer_suggestions();
  }

  // In any order in which each finds its base, and suggestions get the numbers that they had.
  Result<void> add_branches() {
    std::vector<const v1::Branch*> open;
    for (const v1::ArchivedBranch& archived : archive_.branches())
      if (archived.branch().id() != archive_.project_id()) open.push_back(&archived.branch());
    branches_.insert(archive_.project_id());
    while (!open.empty()) {
      const auto next = std::ranges::find_if(open, [this](const v1::Branch* branch) {
        const bool has_base = branch->has_base() && branches_.contains(branch->base().branch_id());
        return has_base && (!branch->is_suggestion() || branch->id() == next_suggestion());
      });
      if (next == open.end()) return damaged("a branch has no base, or a suggestion is missing");
      TALKBACK_TRY(add_branch(**next));
      open.erase(next);
    }
    return {};
  }

  // The branch of the suggestion whose turn it is; empty where all are there.
  BranchId next_suggestion() const {
    const auto at = static_cast<int>(suggestions_.size());
    return at < archive_.suggestions_size() ? archive_.suggestions(at).branch().id() : BranchId();
  }

  Result<void> add_branch(const v1::Branch& wire) {
    branches_.insert(wire.id());
    domain::Branch branch{.id = wire.id(),
                          .project = archive_.project_id(),
                          .name = wire.name(),
                          .kind = wire.is_suggestion() ? domain::BranchKind::suggestion : domain::BranchKind::ordinary,
                          .base = domain::Moment{wire.base().branch_id(), wire.base().revision()},
                          .head_revision = wire.base().revision(),
                          .author = wire.author(),
                          .created_unix_ms = wire.created_unix_ms()};
    TALKBACK_ASSIGN(const UserId author, person(wire.author()));
    if (wire.is_suggestion()) return add_suggestion(std::move(branch), author);
    return stores_.branches.add(branch, author);
  }

  Result<void> add_suggestion(domain::Branch branch, UserId author) {
    const auto wire = std::ranges::find(archive_.suggestions(), branch.id,
                                        [](const v1::Suggestion& suggestion) { return suggestion.branch().id(); });
    if (wire == archive_.suggestions().end()) return damaged("a suggestion is missing");
    domain::Suggestion suggestion;
    suggestion.title = wire->title();
    suggestion.note = wire->note();
    suggestion.branch = std::move(branch);
    TALKBACK_ASSIGN(suggestion, stores_.suggestions.add(std::move(suggestion), author));
    if (suggestion.number != wire->number()) return damaged("its suggestions are not in order");
    suggestions_.push_back(std::move(suggestion));
    return {};
  }

  Result<void> read_parts() {
    for (;;) {
      const auto entry = tar_.next();
      if (!entry) return entry.error();
      if (entry->name.empty()) return {};
      if (entry->name.starts_with("history/")) {
        TALKBACK_TRY(read_history(entry->name));
      } else if (entry->name.starts_with("blobs/")) {
        TALKBACK_TRY(read_blob(*entry));
      } else {
        return damaged("nobody knows what \"" + entry->name + "\" is");
      }
    }
  }

  Result<void> read_history(const std::string& name) {
    const std::string branch = name.substr(8, name.find('/', 8) - 8);
    if (!branches_.contains(branch)) return damaged("it has edits of an unknown branch");
    TALKBACK_ASSIGN(const std::string bytes, tar_.read_all(kBatchBytesMax));
    v1::CommittedBatch read;
    if (!read.ParseFromString(bytes) || read.edits().empty()) return damaged(name + " cannot be read");
    domain::EditBatch batch;
    batch.branch = branch;
    for (v1::CommittedEdit& edit : *read.mutable_edits()) {
      TALKBACK_ASSIGN(const UserId author, person(edit.author()));
      batch.author_ids.push_back(author);
      batch.edits.push_back(std::move(edit));
    }
    summary_.edits += batch.edits.size();
    std::promise<Result<void>> done;
    stores_.log.append(std::move(batch), [&done](Result<void> result) { done.set_value(std::move(result)); });
    return done.get_future().get();
  }

  Result<void> read_blob(const TarReader::Entry& entry) {
    const auto sha256 = sha256_from_hex(entry.name.substr(6));
    if (!sha256) return damaged("\"" + entry.name + "\" is not the name of a sound");
    const std::string& project = archive_.project_id();
    TALKBACK_ASSIGN(const UserId owner, person(archive_.owner()));
    TALKBACK_ASSIGN(domain::UploadStatus upload, stores_.blobs.begin_upload(project, owner, *sha256, entry.size_bytes));
    TALKBACK_ASSIGN(const auto writer,
                    stores_.blobs.continue_upload(project, owner, upload.upload_id, upload.offset_bytes));
    std::vector<std::byte> chunk(kChunkBytes);
    for (;;) {
      TALKBACK_ASSIGN(const std::size_t got, tar_.read(chunk));
      if (got == 0) break;
      TALKBACK_TRY(writer->write(std::span(chunk).first(got)));
    }
    TALKBACK_ASSIGN(upload, writer->finish());
    if (!upload.complete) return damaged("\"" + entry.name + "\" is cut short");
    ++summary_.blobs;
    summary_.blob_bytes += entry.size_bytes;
    return {};
  }

  Result<void> compare() const {
    if (summary_.blobs != static_cast<std::size_t>(archive_.blobs_size())) return damaged("sounds are missing");
    for (const v1::ArchivedBranch& archived : archive_.branches()) {
      TALKBACK_ASSIGN(const domain::SessionAt head, domain::load_head(stores_.log, archived.branch().id()));
      const Sha256Digest digest = session::digest(head.session);
      const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), digest.size());
      if (head.revision != archived.branch().head_revision() || bytes != archived.head_digest())
        return damaged("the history of branch \"" + archived.branch().name() + "\" leads elsewhere");
    }
    return {};
  }

  Result<void> add_versions() {
    for (const v1::RenderStatus& status : archive_.renders()) {
      TALKBACK_ASSIGN(const UserId by, person(status.requested_by()));
      domain::Render render{.project = archive_.project_id(), .requested_by = by, .status = status};
      for (const auto state : {v1::RenderStatus::QUEUED, v1::RenderStatus::RUNNING, v1::RenderStatus::DONE}) {
        render.status.set_state(state);
        TALKBACK_TRY(state == v1::RenderStatus::QUEUED ? stores_.renders.add(render) : stores_.renders.change(render));
      }
    }
    for (const v1::Version& wire : archive_.versions()) {
      TALKBACK_ASSIGN(const UserId author, person(wire.author()));
      const domain::Version version{.id = wire.id(),
                                    .project = archive_.project_id(),
                                    .name = wire.name(),
                                    .note = wire.note(),
                                    .moment = {wire.moment().branch_id(), wire.moment().revision()},
                                    .author = wire.author(),
                                    .created_unix_ms = wire.created_unix_ms(),
                                    .render_id = wire.render_id(),
                                    .awaited = {}};
      TALKBACK_TRY(stores_.versions.add(version, author));
      if (!wire.render_id().empty()) TALKBACK_TRY(stores_.versions.pin(wire.id(), wire.render_id()));
    }
    return {};
  }

  Result<void> answer_suggestions() {
    for (const domain::Suggestion& suggestion : suggestions_) {
      const v1::Suggestion& wire = archive_.suggestions(static_cast<int>(suggestion.number) - 1);
      if (wire.answered_by().empty()) continue;
      TALKBACK_ASSIGN(const UserId by, person(wire.answered_by()));
      const domain::Answer answer{.state = wire.state(),
                                  .answer = wire.answer(),
                                  .taken_items = {wire.taken_items().begin(), wire.taken_items().end()},
                                  .rejected_items = {wire.rejected_items().begin(), wire.rejected_items().end()}};
      TALKBACK_TRY(stores_.suggestions.answer(suggestion, answer, by, wire.answered_unix_ms()));
    }
    return {};
  }

  Stores stores_;
  TarReader tar_;
  v1::ProjectArchive archive_;
  Summary summary_;
  std::map<std::string, UserId> people_;
  std::set<BranchId> branches_;
  std::vector<domain::Suggestion> suggestions_;
};

}  // namespace

Result<Summary> read_project(Stores stores, const std::filesystem::path& file) {
  TALKBACK_ASSIGN(TarReader tar, TarReader::open(file));
  return Reading(stores, std::move(tar)).run();
}

}  // namespace talkback::archive
