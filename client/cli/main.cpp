// talkback: the command line. Builds the commands and runs the one that was asked for.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "client/cli/commands.hpp"
#include "client/cli/exit_code.hpp"

namespace talkback::cli {

CLI::App* Commands::add(const char* name, const char* help, CLI::App* parent) {
  CLI::App* command = (parent == nullptr ? &program_ : parent)->add_subcommand(name, help);
  // --json and --home may stand behind the command as well.
  command->fallthrough();
  return command;
}

void Commands::run(CLI::App* command, std::function<Result<void>(Context&)> body) {
  command->callback([this, body = std::move(body)] {
    const Result<void> result = body(context_);
    context_.terminal.end_progress();
    if (result) return;
    const Error& error = result.error();
    if (context_.terminal.json)
      context_.terminal.print_json({{"error", {{"code", to_string(error.code)}, {"message", error.message}}}});
    std::cerr << "talkback: " << error.message << std::endl;
    exit_code_ = exit_code_of(error.code);
  });
}

// CLI11 takes the arguments last first. A deletion ("-Vocal.send[Reverb]") is no option: behind `edit`, a single dash
// in front of an address gets a space, which CLI11 leaves alone and the edit language ignores.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments;
  bool edits = false;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    const bool deletes = argument.size() > 2 && argument[0] == '-' && argument[1] != '-';
    if (edits && deletes) argument.insert(argument.begin(), ' ');
    edits = edits || argument == "edit" || argument == "suggest";
    arguments.insert(arguments.begin(), std::move(argument));
  }
  return arguments;
}

}  // namespace talkback::cli

int main(int argc, char** argv) {
  using namespace talkback::cli;
  CLI::App app{"Talkback: make a record together"};
  app.set_version_flag("--version", "talkback " TALKBACK_VERSION);
  app.require_subcommand(1);
  Context context;
  app.add_flag("--json", context.terminal.json, "Print results as JSON");
  app.add_option("--home", context.home_option, "Folder of sign-ins, projects and media (or TALKBACK_HOME)");
  Commands commands(app, context);
  add_account_commands(commands);
  add_project_commands(commands);
  add_link_commands(commands);
  add_archive_command(commands);
  add_import_command(commands);
  add_session_command(commands);
  add_edit_command(commands);
  add_pattern_command(commands);
  add_kit_command(commands);
  add_watch_command(commands);
  add_log_command(commands);
  add_diff_command(commands);
  add_version_commands(commands);
  add_branch_commands(commands);
  add_suggest_commands(commands);
  add_lease_command(commands);
  add_undo_commands(commands);
  add_catalogue_commands(commands);
  add_render_command(commands);
  add_device_command(commands);
  add_setup_command(commands);
  add_play_command(commands);
  add_meters_command(commands);
  add_tune_command(commands);
  add_record_command(commands);
  add_standby_command(commands);
  add_remote_record_command(commands);
  add_recover_command(commands);
  add_take_commands(commands);
  add_comp_command(commands);
  add_stretch_command(commands);
  add_midi_commands(commands);
  try {
    app.parse(arguments_of(argc, argv));
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kExitUsage;
  }
  return commands.exit_code();
}
