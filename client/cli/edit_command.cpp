// talkback edit: changes to the session, in words.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/changes.hpp"
#include "client/cli/commands.hpp"
#include "client/cli/offline_edit.hpp"
#include "engine/session/describe.hpp"

namespace talkback::cli {
namespace {

struct EditOptions {
  std::string project;
  std::vector<std::string> changes;
  std::string summary;
};

Result<void> edit(Context& context, const EditOptions& options) {
  TALKBACK_ASSIGN(EditableProject editable, open_for_edit(context, options.project));
  TALKBACK_ASSIGN(v1::Edit made, edit_from(editable.project->session(), options.changes));
  made.set_summary(options.summary);
  TALKBACK_ASSIGN(const auto outcome, submit_edit(context, editable, std::move(made)));
  const auto sentences = session::describe(outcome.report.changes, editable.project->session());
  for (const std::string& sentence : sentences) context.terminal.line(sentence);
  if (context.terminal.json) context.terminal.print_json({{"revision", outcome.revision}, {"changes", sentences}});
  return {};
}

Result<void> sync(Context& context, const std::string& name) {
  TALKBACK_ASSIGN(const auto project, context.open_project(name));
  TALKBACK_ASSIGN(const project::OfflineReport report, project::catch_up(*project));
  context.terminal.line(std::to_string(report.sent) + " edits sent; at revision " +
                        std::to_string(project->sync().replica().revision()) + ".");
  for (const std::string& met : report.met) context.terminal.line("  " + met);
  for (const std::string& left : report.left) context.terminal.line("  " + left);
  for (const std::string& refused : report.refused) context.terminal.warn("not taken: " + refused);
  if (context.terminal.json)
    context.terminal.print_json({{"sent", report.sent},
                                 {"met", report.met},
                                 {"left", report.left},
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
