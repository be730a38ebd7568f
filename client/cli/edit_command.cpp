// talkback edit: changes to the session, in words.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/edit_text.hpp"

namespace talkback::cli {
namespace {

constexpr const char* kExamples =
    "Changes:\n"
    "  Vocal.fader_db=-3                            set a field (\"default\" clears it)\n"
    "  \"+session.track name=Reverb kind=bus\"        add a track: audio, instrument, folder, bus or vca\n"
    "  \"+Reverb.reverb mix=100 decay=2.2\"           add an effect (\"talkback effects\" lists them)\n"
    "  \"+Vocal.send target=Reverb level=-12\"        add a send\n"
    "  \"+session.marker position=17 name=Chorus\"    positions are bar.beat\n"
    "  \"-Vocal.send[Reverb]\"                        delete\n"
    "See every address and value with: talkback session show PROJECT --fields\n";

struct EditOptions {
  std::string project;
  std::vector<std::string> changes;
  std::string summary;
};

// Reads the changes against a copy, so that later ones find what earlier ones made.
Result<v1::Edit> edit_from(const session::Session& session, const std::vector<std::string>& changes) {
  session::Session scratch = session;
  v1::Edit edit;
  for (const std::string& change : changes) {
    TALKBACK_ASSIGN(v1::Operation operation, session::operation_from_text(scratch, change, &replica::new_object_id));
    v1::Edit step;
    *step.add_operations() = operation;
    TALKBACK_TRY(session::apply(scratch, step));
    *edit.add_operations() = std::move(operation);
  }
  return edit;
}

Result<void> edit(Context& context, const EditOptions& options) {
  TALKBACK_ASSIGN(const auto project, context.open_project(options.project));
  const Result<void> joined = project->join();
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
  if (context.terminal.json) context.terminal.print_json({{"revision", outcome.revision}, {"changes", sentences}});
  return {};
}

Result<void> sync(Context& context, const std::string& name) {
  TALKBACK_ASSIGN(const auto project, context.open_project(name));
  const std::size_t waiting = project->sync().replica().pending().size();
  TALKBACK_TRY(project->join());
  TALKBACK_TRY(project->settle());
  context.terminal.line(std::to_string(waiting) + " edits sent; at revision " +
                        std::to_string(project->sync().replica().revision()) + ".");
  if (context.terminal.json)
    context.terminal.print_json({{"sent", waiting}, {"revision", project->sync().replica().revision()}});
  return {};
}

}  // namespace

void add_edit_command(Commands& commands) {
  auto options = std::make_shared<EditOptions>();
  CLI::App* command = commands.add("edit", "Change the session: set fields, add and delete objects");
  command->footer(kExamples);
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("changes", options->changes, "One or more changes, made as one edit")->required();
  command->add_option("--summary", options->summary, "What the history shows");
  commands.run(command, [options](Context& context) { return edit(context, *options); });

  auto project = std::make_shared<std::string>();
  CLI::App* sync_command = commands.add("sync", "Send edits that wait on this machine, and catch up");
  sync_command->add_option("project", *project, "Name or id")->required();
  commands.run(sync_command, [project](Context& context) { return sync(context, *project); });
}

}  // namespace talkback::cli
