#include "server/domain/policy.hpp"

#include <array>
#include <string>

namespace talkback::domain {
namespace {

constexpr bool x = true;
constexpr bool o = false;

//                                                                                     owner
//                                                                                     |  producer
//                                                                                     |  |  performer
//                                                                                     |  |  |  mentor
//                                                                                     |  |  |  |  listener
// clang-format off
constexpr std::array<Policy, 31> kPolicies{{
    {Action::see_health, "see the server's health", Access::anyone,                    o, o, o, o, o},
    {Action::sign_in, "sign in", Access::anyone,                                       o, o, o, o, o},
    {Action::sign_out, "sign out", Access::signed_in,                                  o, o, o, o, o},
    {Action::see_oneself, "see this account", Access::signed_in,                       o, o, o, o, o},
    {Action::change_own_password, "change this password", Access::signed_in,           o, o, o, o, o},
    {Action::add_user, "add people to this server", Access::admin,                     o, o, o, o, o},
    {Action::list_projects, "list projects", Access::signed_in,                        o, o, o, o, o},
    {Action::create_project, "create projects", Access::signed_in,                     o, o, o, o, o},
    {Action::see_project, "see this project", Access::member,                          x, x, x, x, x},
    {Action::see_members, "see the members", Access::member,                           x, x, x, x, x},
    {Action::change_members, "change the members", Access::member,                     x, o, o, o, o},
    {Action::leave_project, "leave this project", Access::member,                      x, x, x, x, x},
    {Action::read_session, "read the session", Access::member,                         x, x, x, x, x},
    {Action::read_history, "read the history", Access::member,                         x, x, x, x, x},
    {Action::upload_blob, "upload sound", Access::member,                              x, x, x, o, o},
    {Action::read_blob, "listen", Access::member,                                      x, x, x, x, x},
    {Action::order_render, "order renders", Access::member,                            x, x, o, o, o},
    {Action::see_renders, "see the renders", Access::member,                           x, x, x, x, x},
    {Action::cancel_render, "cancel renders", Access::member,                          x, x, o, o, o},
    {Action::join_room, "join the room", Access::member,                               x, x, x, x, x},
    {Action::submit_edit, "edit this session", Access::member,                         x, x, x, o, o},
    {Action::show_presence, "show presence", Access::member,                           x, x, x, x, x},
    {Action::take_lease, "take leases", Access::member,                                x, x, x, o, o},
    {Action::order_recording, "order recordings", Access::member,                      x, x, o, o, o},
    {Action::answer_recording, "be recorded", Access::member,                          x, x, x, o, o},
    {Action::create_branch, "make branches", Access::member,                           x, x, o, o, o},
    {Action::create_version, "name versions", Access::member,                          x, x, x, o, o},
    {Action::suggest, "make suggestions", Access::member,                              x, x, x, x, o},
    {Action::answer_suggestion, "answer suggestions", Access::member,                  x, x, o, o, o},
    {Action::trash_project, "put this project into the trash", Access::member,         x, o, o, o, o},
    {Action::restore_project, "take this project out of the trash", Access::member,    x, o, o, o, o},
}};
// clang-format on

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kPolicies.size(); ++i)
    if (static_cast<std::size_t>(kPolicies[i].action) != i) return false;
  return true;
}
static_assert(is_in_order() && static_cast<std::size_t>(Action::restore_project) + 1 == kPolicies.size());

}  // namespace

std::span<const Policy> policies() noexcept { return kPolicies; }

const Policy& policy_of(Action action) noexcept { return kPolicies[static_cast<std::size_t>(action)]; }

bool is_allowed(Action action, v1::Role role) noexcept {
  const Policy& policy = policy_of(action);
  switch (role) {
    case v1::OWNER:
      return policy.owner;
    case v1::PRODUCER:
      return policy.producer;
    case v1::PERFORMER:
      return policy.performer;
    case v1::MENTOR:
      return policy.mentor;
    case v1::LISTENER:
      return policy.listener;
    default:
      return false;
  }
}

std::string_view name_of(v1::Role role) noexcept {
  switch (role) {
    case v1::OWNER:
      return "owner";
    case v1::PRODUCER:
      return "producer";
    case v1::PERFORMER:
      return "performer";
    case v1::MENTOR:
      return "mentor";
    case v1::LISTENER:
      return "listener";
    default:
      return "";
  }
}

Result<void> check_allowed(Action action, v1::Role role) {
  if (is_allowed(action, role)) return {};
  return Error{ErrorCode::denied, "as a " + std::string(name_of(role)) + " of this project you may not " +
                                      std::string(policy_of(action).words)};
}

}  // namespace talkback::domain
