#include "server/domain/edit_rights.hpp"

#include <string>

#include "engine/session/performer_rights.hpp"

namespace talkback::domain {

Result<void> check_edit_rights(const session::Session& session, const v1::Edit& edit, std::string_view user,
                               v1::Role role, std::string_view suggested_by) {
  if (!suggested_by.empty()) {
    TALKBACK_TRY(check_allowed(Action::suggest, role));
    if (user == suggested_by) return {};
    return Error{ErrorCode::denied, "this suggestion is " + std::string(suggested_by) +
                                        "'s, who alone changes it: make one of your own, or take what you like of it"};
  }
  TALKBACK_TRY(check_allowed(Action::submit_edit, role));
  return role == v1::PERFORMER ? session::check_performer(session, edit, user) : Result<void>();
}

}  // namespace talkback::domain
