// The commands, one file each. Every function adds its command to the program; the callback stores the outcome.
#pragma once

#include <functional>

#include "client/cli/context.hpp"

namespace CLI {
class App;
}

namespace talkback::cli {

// Runs a command's body once its options are read, and turns its Result into the exit code.
class Commands {
 public:
  Commands(CLI::App& program, Context& context) : program_(program), context_(context) {}

  // Adds a command below `parent` (the program where null).
  CLI::App* add(const char* name, const char* help, CLI::App* parent = nullptr);
  void run(CLI::App* command, std::function<Result<void>(Context&)> body);

  int exit_code() const noexcept { return exit_code_; }

 private:
  CLI::App& program_;
  Context& context_;
  int exit_code_ = 0;
};

void add_account_commands(Commands& commands);  // login, logout, user add
void add_project_commands(Commands& commands);  // project create | list | show | members
void add_link_commands(Commands& commands);     // link create | list | revoke, join
void add_archive_command(Commands& commands);   // archive create
void add_import_command(Commands& commands);
void add_session_command(Commands& commands);  // session show
void add_edit_command(Commands& commands);
void add_pattern_command(Commands& commands);
void add_kit_command(Commands& commands);
void add_watch_command(Commands& commands);
void add_log_command(Commands& commands);
void add_diff_command(Commands& commands);
void add_version_commands(Commands& commands);  // version create | list | show | render | restore
void add_branch_commands(Commands& commands);   // branch create | list | merge
void add_suggest_commands(Commands& commands);  // suggest create | list | show | accept | reject
void add_lease_command(Commands& commands);
void add_undo_commands(Commands& commands);       // undo, redo, revert
void add_catalogue_commands(Commands& commands);  // effects, instruments
void add_render_command(Commands& commands);
void add_device_command(Commands& commands);
void add_setup_command(Commands& commands);
void add_play_command(Commands& commands);
void add_meters_command(Commands& commands);
void add_tune_command(Commands& commands);
void add_record_command(Commands& commands);
void add_standby_command(Commands& commands);
void add_remote_record_command(Commands& commands);
void add_recover_command(Commands& commands);
void add_take_commands(Commands& commands);
void add_take_capture(Commands& commands,
                      CLI::App* take);         // below `take`  // take list | rate | name | color | delete | restore
void add_comp_command(Commands& commands);     // comp pick | clear | show
void add_stretch_command(Commands& commands);  // stretch: time stretch and transposition of clips
void add_midi_commands(Commands& commands);    // midi devices | record | recover | listen | capture

}  // namespace talkback::cli
