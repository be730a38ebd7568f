#include "tests/simulation/witness.hpp"

#include "engine/base/error.hpp"

namespace talkback::simulation {
namespace {

std::string short_name(const std::string& edit_id) {
  std::string text;
  for (std::size_t i = 0; i < 4 && i < edit_id.size(); ++i) {
    constexpr const char* kDigits = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(edit_id[i]) >> 4];
    text += kDigits[static_cast<unsigned char>(edit_id[i]) & 15];
  }
  return "edit " + text;
}

bool is_verdict(const v1::Rejected& rejected) { return error_code_from(rejected.code()) != ErrorCode::unavailable; }

}  // namespace

void Witness::check_told_is_stored(std::uint64_t revision, const char* where) {
  if (revision > store_.durable_revision())
    fail(std::string(where) + " tells of revision " + std::to_string(revision) + "; stored is " +
         std::to_string(store_.durable_revision()));
}

void Witness::told(const v1::ServerFrame& frame) {
  if (frame.has_welcome()) check_told_is_stored(frame.welcome().head_revision(), "a Welcome");
  if (frame.has_snapshot()) check_told_is_stored(frame.snapshot().revision(), "a snapshot");
  if (frame.has_rejected() && is_verdict(frame.rejected())) ever_refused_.insert(frame.rejected().edit_id());
  if (frame.has_digest()) check_told_is_stored(frame.digest().revision(), "a digest");
  for (const v1::CommittedEdit& committed : frame.committed().edits()) {
    check_told_is_stored(committed.revision(), "a commit");
    if (failure_) return;
    const v1::CommittedEdit& stored = store_.at(committed.revision());
    if (stored.edit().edit_id() != committed.edit().edit_id())
      fail("revision " + std::to_string(committed.revision()) + " is told as another edit than the one stored");
    // An answer to a resubmission carries no more than its name.
    if (committed.edit().operations().empty() && committed.committed_unix_ms() == 0)
      ++again_;
    else if (stored.SerializeAsString() != committed.SerializeAsString())
      fail("revision " + std::to_string(committed.revision()) + " is told otherwise than it is stored");
  }
}

void Witness::came_to_room(const v1::Edit& edit, v1::Role role) { roles_[edit.edit_id()].insert(role); }

void Witness::kept(int editor, const v1::Edit& edit) {
  kept_order_.push_back(edit.edit_id());
  kept_[edit.edit_id()] = {.editor = editor, .bytes = edit.SerializeAsString()};
}

void Witness::frame_arrived(int editor, const v1::ServerFrame& frame) {
  if (frame.has_rejected() && is_verdict(frame.rejected())) refusal_arrived_.insert(frame.rejected().edit_id());
  for (const v1::CommittedEdit& committed : frame.committed().edits()) {
    const auto mine = kept_.find(committed.edit().edit_id());
    if (mine != kept_.end() && mine->second.editor == editor)
      acknowledged(committed.edit().edit_id(), committed.revision());
  }
}

void Witness::acknowledged(const std::string& edit_id, std::uint64_t revision) {
  const auto [known, is_new] = acknowledged_.emplace(edit_id, revision);
  if (!is_new && known->second != revision) fail(short_name(edit_id) + " was acknowledged with two revisions");
}

void Witness::refused(const std::string& edit_id) { refused_.insert(edit_id); }

void Witness::check_log() {
  std::map<std::string, std::uint64_t> revisions;
  for (std::size_t i = 0; i < store_.edits().size(); ++i) {
    const v1::CommittedEdit& committed = store_.edits()[i];
    const std::string& id = committed.edit().edit_id();
    const std::uint64_t revision = store_.first_revision() + i + 1;
    if (committed.revision() != revision) fail("the log has a gap before revision " + std::to_string(revision));
    if (!revisions.emplace(id, revision).second) fail(short_name(id) + " is in the log twice");
    if (refused_.contains(id)) fail(short_name(id) + " was refused and is revision " + std::to_string(revision));
    const auto mine = kept_.find(id);
    if (mine != kept_.end() && mine->second.bytes != committed.edit().SerializeAsString())
      fail(short_name(id) + " is stored otherwise than it was made");
  }
  for (const auto& [id, revision] : acknowledged_) {
    const auto found = revisions.find(id);
    if (found == revisions.end())
      fail(short_name(id) + " was acknowledged and is not in the log");
    else if (found->second != revision)
      fail(short_name(id) + " has another revision than the one acknowledged");
  }
  std::map<int, std::uint64_t> last;
  for (const std::string& id : kept_order_) {
    const auto found = revisions.find(id);
    if (found == revisions.end()) {
      if (!refusal_arrived_.contains(id)) fail(short_name(id) + " was kept by its author's disk and is lost");
      continue;
    }
    // A refusal that is lost on its way leaves the edit pending; sent again, later, it may be allowed.
    if (ever_refused_.contains(id)) continue;
    std::uint64_t& before = last[kept_.at(id).editor];
    if (found->second < before) fail(short_name(id) + " was committed ahead of what its author did before");
    before = found->second;
  }
}

Witness::Counts& Witness::Counts::operator+=(const Counts& other) {
  kept += other.kept;
  committed += other.committed;
  refused += other.refused;
  again += other.again;
  undone += other.undone;
  merged += other.merged;
  return *this;
}

Witness::Counts Witness::counts() const {
  Counts counts{.kept = kept_.size(), .committed = store_.edits().size(), .refused = refused_.size(), .again = again_};
  for (const v1::CommittedEdit& committed : store_.edits()) {
    const bool undoes = committed.edit().undoes() != 0 || !committed.edit().undoes_edit().empty();
    counts.undone += undoes ? 1U : 0U;
    counts.merged += committed.edit().has_merges() ? 1U : 0U;
  }
  return counts;
}

}  // namespace talkback::simulation
