// Who may do what: one table of every action against the roles of a project, and the links that were shared of it.
//
// The routes (net/routes) and the frames of the room name an Action each; nothing else decides. What a performer may
// edit is told by edit_rights.hpp. [any-thread]
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/result.hpp"
#include "talkback/v1/room.pb.h"

namespace talkback::domain {

enum class Action {
  see_health,
  sign_in,
  sign_out,
  see_oneself,
  change_own_password,
  add_user,
  list_projects,
  create_project,
  see_project,
  see_members,
  change_members,
  leave_project,
  read_session,
  see_versions,
  read_history,
  upload_blob,
  read_blob,
  order_render,
  see_renders,
  cancel_render,
  join_room,
  submit_edit,
  show_presence,
  take_lease,
  order_recording,
  answer_recording,
  create_branch,
  create_version,
  suggest,
  answer_suggestion,
  trash_project,
  restore_project,
  see_links,
  make_link,
  revoke_link,
  make_archive,
};

// What somebody must be before the role counts.
enum class Access { anyone, signed_in, admin, member };

// Which links that were shared get through, where their role does: none, those to a whole project, those to one version
// too.
enum class LinkReach { none, project, version };

struct Policy {
  Action action;
  std::string_view words;  // completes "you may not ..."
  Access access;
  bool owner, producer, performer, mentor, listener;  // looked at for Access::member only
  LinkReach links;
};

// Every action once, in the order of the enumeration.
std::span<const Policy> policies() noexcept;
const Policy& policy_of(Action action) noexcept;

bool is_allowed(Action action, v1::Role role) noexcept;

// denied, with a sentence that names the role.
Result<void> check_allowed(Action action, v1::Role role);

// What a link is for: LinkReach::project or LinkReach::version. denied where the action is not open to it.
Result<void> check_link(Action action, LinkReach link);

// "owner", "producer" …; empty for an unknown role.
std::string_view name_of(v1::Role role) noexcept;

}  // namespace talkback::domain
