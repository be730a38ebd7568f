#include "server/domain/projects.hpp"

#include <algorithm>

#include "engine/session/session.hpp"
#include "engine/session/state.hpp"
#include "server/domain/ids.hpp"

namespace talkback::domain {
namespace {

constexpr int kSampleRateDefaultHz = 48'000;
constexpr int kSampleRateMinHz = 8'000;
constexpr int kSampleRateMaxHz = 192'000;

Result<void> check_name(const std::string& name) {
  const bool printable = std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (name.empty() || name.size() > kProjectNameBytesMax || !printable)
    return Error{ErrorCode::invalid, "a project's name has 1 to 100 bytes, on one line"};
  return {};
}

}  // namespace

Result<Project> Projects::create(const User& owner, const std::string& name, int sample_rate_hz) {
  TALKBACK_TRY(check_name(name));
  const int rate = sample_rate_hz == 0 ? kSampleRateDefaultHz : sample_rate_hz;
  if (rate < kSampleRateMinHz || rate > kSampleRateMaxHz)
    return Error{ErrorCode::invalid, "a project's sample rate is 8000 to 192000 Hz"};
  const std::int64_t now = clock_.now_unix_ms();
  Project project{.id = new_id(random_),
                  .name = name,
                  .owner = owner.name,
                  .head_revision = 0,
                  .created_unix_ms = now,
                  .changed_unix_ms = now,
                  .trashed_unix_ms = 0,
                  .my_role = v1::OWNER};
  const auto session = session::Session::create({.title = name, .sample_rate_hz = rate});
  TALKBACK_TRY(store_.create(project, owner.id, session::to_state(session, 0)));
  return project;
}

Result<Project> Projects::find_allowed(const ProjectId& project, const User& user, Action action) {
  if (!is_id(project)) return Error{ErrorCode::not_found, "there is no such project"};
  TALKBACK_ASSIGN(const auto found, store_.find(project, user.id));
  if (!found) return Error{ErrorCode::not_found, "there is no project " + project + " that you are a member of"};
  TALKBACK_TRY(check_allowed(action, found->my_role));
  const bool is_about_trash = action == Action::restore_project || action == Action::see_project;
  if (found->trashed_unix_ms != 0 && !(is_about_trash && found->my_role == v1::OWNER))
    return Error{ErrorCode::not_found, "project \"" + found->name + "\" is in the trash; its owner may restore it"};
  return *found;
}

Result<void> Projects::set_member(const ProjectId& project, const Member& member) {
  if (name_of(member.role).empty())
    return Error{ErrorCode::invalid, "a member is a PRODUCER, PERFORMER, MENTOR or LISTENER"};
  if (member.role == v1::OWNER) return Error{ErrorCode::invalid, "a project has one owner"};
  return store_.set_member(project, member);
}

}  // namespace talkback::domain
