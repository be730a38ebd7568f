#include "server/domain/policy.hpp"

#include <array>
#include <string>

namespace talkback::domain {
namespace {

constexpr bool x = true;
constexpr bool o = false;
constexpr LinkReach kNo = LinkReach::none;
constexpr LinkReach kProject = LinkReach::project;
constexpr LinkReach kVersion = LinkReach::version;

//                                                                                     owner
//                                                                                     |  producer
//                                                                                     |  |  performer
//                                                                                     |  |  |  mentor
//                                                                                     |  |  |  |  listener
//                                                                                     |  |  |  |  |  links
// clang-format off
constexpr std::array<Policy, 36> kPolicies{{
    {Action::see_health, "see the server's health", Access::anyone,                    o, o, o, o, o, kVersion},
    {Action::sign_in, "sign in", Access::anyone,                                       o, o, o, o, o, kVersion},
    {Action::sign_out, "sign out", Access::signed_in,                                  o, o, o, o, o, kNo},
    {Action::see_oneself, "see this account", Access::signed_in,                       o, o, o, o, o, kVersion},
    {Action::change_own_password, "change this password", Access::signed_in,           o, o, o, o, o, kNo},
    {Action::add_user, "add people to this server", Access::admin,                     o, o, o, o, o, kNo},
    {Action::list_projects, "list projects", Access::signed_in,                        o, o, o, o, o, kVersion},
    {Action::create_project, "create projects", Access::signed_in,                     o, o, o, o, o, kNo},
    {Action::see_project, "see this project", Access::member,                          x, x, x, x, x, kVersion},
    {Action::see_members, "see the members", Access::member,                           x, x, x, x, x, kProject},
    {Action::change_members, "change the members", Access::member,                     x, o, o, o, o, kNo},
    {Action::leave_project, "leave this project", Access::member,                      x, x, x, x, x, kNo},
    {Action::read_session, "read the session", Access::member,                         x, x, x, x, x, kVersion},
    {Action::see_versions, "see the versions", Access::member,                         x, x, x, x, x, kVersion},
    {Action::read_history, "read the history", Access::member,                         x, x, x, x, x, kProject},
    {Action::upload_blob, "upload sound", Access::member,                              x, x, x, o, o, kNo},
    {Action::read_blob, "listen", Access::member,                                      x, x, x, x, x, kVersion},
    {Action::order_render, "order renders", Access::member,                            x, x, o, o, o, kNo},
    {Action::see_renders, "see the renders", Access::member,                           x, x, x, x, x, kVersion},
    {Action::cancel_render, "cancel renders", Access::member,                          x, x, o, o, o, kNo},
    {Action::join_room, "join the room", Access::member,                               x, x, x, x, x, kProject},
    {Action::submit_edit, "edit this session", Access::member,                         x, x, x, o, o, kNo},
    {Action::show_presence, "show presence", Access::member,                           x, x, x, x, x, kProject},
    {Action::take_lease, "take leases", Access::member,                                x, x, x, o, o, kNo},
    {Action::order_recording, "order recordings", Access::member,                      x, x, o, o, o, kNo},
    {Action::answer_recording, "be recorded", Access::member,                          x, x, x, o, o, kNo},
    {Action::create_branch, "make branches", Access::member,                           x, x, o, o, o, kNo},
    {Action::create_version, "name versions", Access::member,                          x, x, x, o, o, kNo},
    {Action::suggest, "make suggestions", Access::member,                              x, x, x, x, o, kProject},
    {Action::answer_suggestion, "answer suggestions", Access::member,                  x, x, o, o, o, kNo},
    {Action::trash_project, "put this project into the trash", Access::member,         x, o, o, o, o, kNo},
    {Action::restore_project, "take this project out of the trash", Access::member,    x, o, o, o, o, kNo},
    {Action::see_links, "see the links", Access::member,                               x, x, o, o, o, kNo},
    {Action::make_link, "share links", Access::member,                                 x, x, o, o, o, kNo},
    {Action::revoke_link, "revoke links", Access::member,                              x, x, o, o, o, kNo},
    {Action::make_archive, "make archives", Access::member,                            x, x, o, o, o, kNo},
}};
// clang-format on

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kPolicies.size(); ++i)
    if (static_cast<std::size_t>(kPolicies[i].action) != i) return false;
  return true;
}
static_assert(is_in_order() && static_cast<std::size_t>(Action::make_archive) + 1 == kPolicies.size());

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

Result<void> check_link(Action action, LinkReach link) {
  const Policy& policy = policy_of(action);
  if (policy.links >= link) return {};
  const bool is_of_project = policy.links != LinkReach::none;
  return Error{ErrorCode::denied, "with a link " + std::string(is_of_project ? "to one version " : "") +
                                      "you may not " + std::string(policy.words) +
                                      (is_of_project ? ": ask for a link to the project" : "")};
}

}  // namespace talkback::domain
