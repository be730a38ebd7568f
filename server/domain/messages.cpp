#include "server/domain/messages.hpp"

namespace talkback::domain {

v1::Project wire_of(const Project& project) {
  v1::Project wire;
  wire.set_id(project.id);
  wire.set_name(project.name);
  wire.set_my_role(project.my_role);
  wire.set_owner(project.owner);
  wire.set_head_revision(project.head_revision);
  wire.set_created_unix_ms(project.created_unix_ms);
  wire.set_changed_unix_ms(project.changed_unix_ms);
  wire.set_trashed_unix_ms(project.trashed_unix_ms);
  return wire;
}

v1::Moment wire_of(const Moment& moment) {
  v1::Moment wire;
  wire.set_branch_id(moment.branch);
  wire.set_revision(moment.revision);
  return wire;
}

v1::Branch wire_of(const Branch& branch) {
  v1::Branch wire;
  wire.set_id(branch.id);
  wire.set_name(branch.name);
  if (branch.base) *wire.mutable_base() = wire_of(*branch.base);
  wire.set_head_revision(branch.head_revision);
  wire.set_author(branch.author);
  wire.set_created_unix_ms(branch.created_unix_ms);
  wire.set_is_suggestion(branch.kind == BranchKind::suggestion);
  return wire;
}

v1::Version wire_of(const Version& version, const v1::RenderStatus* render) {
  v1::Version wire;
  wire.set_id(version.id);
  wire.set_name(version.name);
  wire.set_note(version.note);
  *wire.mutable_moment() = wire_of(version.moment);
  wire.set_author(version.author);
  wire.set_created_unix_ms(version.created_unix_ms);
  wire.set_render_id(version.render_id);
  for (const Sha256Digest& sha256 : version.awaited) wire.add_missing_sha256(to_hex(sha256));
  if (render == nullptr || render->state() != v1::RenderStatus::DONE || render->artifacts().empty()) return wire;
  wire.set_engine_version(render->engine_version());
  const v1::LoudnessReport& loudness = render->artifacts(0).loudness();
  if (loudness.has_integrated_lufs()) wire.set_integrated_lufs(loudness.integrated_lufs());
  if (loudness.has_true_peak_dbtp()) wire.set_true_peak_dbtp(loudness.true_peak_dbtp());
  return wire;
}

v1::Link wire_of(const Link& link, std::int64_t now_unix_ms) {
  v1::Link wire;
  wire.set_number(link.number);
  wire.set_name(link.name);
  wire.set_role(link.role);
  wire.set_version_id(link.version_id);
  wire.set_version_name(link.version_name);
  wire.set_made_by(link.made_by);
  wire.set_created_unix_ms(link.created_unix_ms);
  wire.set_expires_unix_ms(link.expires_unix_ms);
  wire.set_last_used_unix_ms(link.last_used_unix_ms);
  const LinkState state = link.state(now_unix_ms);
  wire.set_state(state == LinkState::open      ? v1::Link::OPEN
                 : state == LinkState::expired ? v1::Link::EXPIRED
                                               : v1::Link::REVOKED);
  return wire;
}

v1::Suggestion wire_of(const Suggestion& suggestion) {
  v1::Suggestion wire;
  wire.set_number(suggestion.number);
  wire.set_title(suggestion.title);
  wire.set_note(suggestion.note);
  *wire.mutable_branch() = wire_of(suggestion.branch);
  wire.set_state(suggestion.state);
  wire.set_answered_by(suggestion.answered_by);
  wire.set_answered_unix_ms(suggestion.answered_unix_ms);
  wire.set_answer(suggestion.answer);
  for (const std::string& item : suggestion.taken_items) wire.add_taken_items(item);
  for (const std::string& item : suggestion.rejected_items) wire.add_rejected_items(item);
  return wire;
}

Moment moment_of(const v1::Moment& moment) { return {.branch = moment.branch_id(), .revision = moment.revision()}; }

}  // namespace talkback::domain
