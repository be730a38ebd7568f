#include "client/cli/offline_edit.hpp"

#include <set>

#include "engine/session/rules.hpp"

namespace talkback::cli {
namespace {

// Nobody is kept from editing; but they should know.
void warn_of_leases(const Context& context, project::OpenProject& project,
                    const std::vector<session::Change>& changes) {
  std::set<ObjectId> told;
  for (const session::Change& change : changes) {
    const v1::Object* object = change.after ? change.after.get() : change.before.get();
    for (; object != nullptr; object = project.session().find(session::parent_of(*object))) {
      const auto lease = project.leases().find(session::id_of(*object));
      if (lease == project.leases().end() || lease->second.user() == project.sync().welcome().user()) continue;
      if (told.insert(lease->first).second)
        context.terminal.warn(lease->second.user() + " is at work on " + session::title_of(project.session(), *object));
    }
  }
}

void tell_outcome(const Context& context, project::OpenProject& project, const project::OpenProject::Outcome& outcome) {
  for (const session::Skipped& skipped : outcome.report.skipped) context.terminal.warn(skipped.reason);
  warn_of_leases(context, project, outcome.report.changes);
}

}  // namespace

Result<EditableProject> open_for_edit(Context& context, const std::string& text) {
  EditableProject editable;
  TALKBACK_ASSIGN(editable.project, context.open_project(text));
  const auto joined = project::catch_up(*editable.project);
  if (joined) {
    context.tell(*joined);
    return editable;
  }
  if (joined.error().code != ErrorCode::unavailable || editable.project->sync().replica().is_empty())
    return joined.error();
  editable.offline = joined.error();
  return editable;
}

Error kept_for_later(const Error& offline) {
  return {ErrorCode::unavailable,
          offline.message + "; your edit is kept on this machine and sent when the server is there again"};
}

Result<project::OpenProject::Outcome> submit_edit(Context& context, EditableProject& editable, v1::Edit edit) {
  project::OpenProject& project = *editable.project;
  if (editable.offline) {
    TALKBACK_TRY(project.sync().submit(std::move(edit)));
    return kept_for_later(*editable.offline);
  }
  TALKBACK_ASSIGN(auto outcome, project.submit_and_wait(std::move(edit)));
  tell_outcome(context, project, outcome);
  return outcome;
}

Result<project::OpenProject::Outcome> submit_take_back(Context& context, EditableProject& editable, v1::Edit edit,
                                                       replica::TakeBack take_back) {
  project::OpenProject& project = *editable.project;
  if (editable.offline) {
    TALKBACK_ASSIGN(session::ApplyReport report, project.sync().submit(std::move(edit), std::move(take_back)));
    return project::OpenProject::Outcome{.revision = 0, .report = std::move(report)};
  }
  TALKBACK_ASSIGN(auto outcome, project.submit_and_wait(std::move(edit), std::move(take_back)));
  tell_outcome(context, project, outcome);
  return outcome;
}

}  // namespace talkback::cli
