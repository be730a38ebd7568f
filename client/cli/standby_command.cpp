// talkback standby: lets others record this performer, once they agree.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/capture_options.hpp"
#include "client/cli/commands.hpp"
#include "client/cli/standby.hpp"

namespace talkback::cli {
namespace {

Result<void> stand_by(Context& context, const StandbyOptions& options) {
  TALKBACK_ASSIGN(const auto project, context.join_project(options.record.project));
  TALKBACK_ASSIGN(const auto standby, Standby::create(context, *project, options));
  return standby->serve();
}

}  // namespace

void add_standby_command(Commands& commands) {
  auto options = std::make_shared<StandbyOptions>();
  CLI::App* command = commands.add(
      "standby", "Let a producer start and stop your recording; you are asked, and may end it at any time");
  command->add_option("project", options->record.project, "Name or id")->required();
  command->add_option("--track", options->record.track, "Audio track that receives the takes")->required();
  command->add_option("--allow", options->allow, "Do not ask about this person's orders (repeat it for several)")
      ->allow_extra_args(false);
  command->add_flag("--allow-all", options->allow_all, "Do not ask about anybody's orders");
  add_capture_options(command, options->record);
  commands.run(command, [options](Context& context) { return stand_by(context, *options); });
}

}  // namespace talkback::cli
