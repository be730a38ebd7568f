// talkback edit: changes to the session, in words.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "client/cli/changes.hpp"
#include "client/cli/commands.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/rules.hpp"

namespace talkback::cli {
namespace {

struct EditOptions {
  std::string project;
  std::vector<std::string> changes;
  std::string summary;
};

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

Result<void> edit(Context& context, const EditOptions& options) {
  TALKBACK_ASSIGN(const auto project, context.open_project(options.project));
  const auto joined = project::catch_up(*project);
  if (joined) context.tell(*joined);
  // Offline work is possible once the project has been here.
  if (!joined && (joined.error().code != ErrorCode::unavailable || project->sync().replica().is_empty()))
    return joined.error();
  TALKBACK_ASSIGN(v1::Edit made, edit_from(project->session(), options.changes));
  made.set_summary(options.summary);
  if (!joined) {
    TALKBACK_TRY(project->sync().submit(std::move(made)));
    return Error{
        ErrorCode::unavailable,
        joined.error().message + "; your edit is kept on this machine and sent when the server is there again"};
  }
  TALKBACK_ASSIGN(const auto outcome, project->submit_and_wait(std::move(made)));
  const auto sentences = session::describe(outcome.report.changes, project->session());
  for (const std::string& sentence : sentences) context.terminal.line(sentence);
  for (const session::Skipped& skipped : outcome.report.skipped) context.terminal.warn(skipped.reason);
  warn_of_leases(context, *project, outcome.report.changes);
  if (context.terminal.json) context.terminal.print_json({{"revision", outcome.revision}, {"changes", sentences}});
  return {};
}

Result<void> sync(Context& context, const std::string& name) {
  TALKBACK_ASSIGN(const auto project, context.open_project(name));
  TALKBACK_ASSIGN(const project::OfflineReport report, project::catch_up(*project));
  context.terminal.line(std::to_string(report.sent) + " edits sent; at revision " +
                        std::to_string(project->sync().replica().revision()) + ".");
  for (const std::string& met : report.met) context.terminal.line("  " + met);
  for (const std::string& refused : report.refused) context.terminal.warn("not taken: " + refused);
  if (context.terminal.json)
    context.terminal.print_json({{"sent", report.sent},
                                 {"met", report.met},
                                 {"refused", report.refused},
                                 {"revision", project->sync().replica().revision()}});
  return {};
}

}  // namespace

void add_edit_command(Commands& commands) {
  auto options = std::make_shared<EditOptions>();
  CLI::App* command = commands.add("edit", "Change the session: set fields, add and delete objects");
  command->footer(kChangeExamples);
  command->add_option("project", options->project, "PROJECT or PROJECT@BRANCH")->required();
  command->add_option("changes", options->changes, "One or more changes, made as one edit")->required();
  command->add_option("--summary", options->summary, "What the history shows");
  commands.run(command, [options](Context& context) { return edit(context, *options); });

  auto project = std::make_shared<std::string>();
  CLI::App* sync_command = commands.add("sync", "Send edits that wait on this machine, and catch up");
  sync_command->add_option("project", *project, "PROJECT or PROJECT@BRANCH")->required();
  commands.run(sync_command, [project](Context& context) { return sync(context, *project); });
}

}  // namespace talkback::cli
