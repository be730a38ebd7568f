// talkback record: plays the song so far, captures to the disk, sends while it records, and places the takes in time.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/capture_options.hpp"
#include "client/cli/commands.hpp"
#include "client/cli/recorded_take.hpp"

namespace talkback::cli {
namespace {

Result<void> record(Context& context, const RecordOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  if (const std::size_t waiting = recorder::find_captures(home->takes()).size(); waiting > 0)
    context.terminal.note(std::to_string(waiting) + (waiting == 1 ? " recording" : " recordings") +
                          " of an earlier time may still wait on this machine; see: talkback recover --list");
  TALKBACK_ASSIGN(const auto run, RecordingRun::create(context, api, *project, options));
  TALKBACK_TRY(run->run());
  TALKBACK_ASSIGN(const RecordedTake take, bring_in(context, *project, *run));
  if (context.terminal.json) context.terminal.print_json(take_json(*run, take));
  if (take.disk_fault) return *take.disk_fault;
  return {};
}

}  // namespace

void add_record_command(Commands& commands) {
  auto options = std::make_shared<RecordOptions>();
  CLI::App* command = commands.add("record", "Record takes while the song plays; they are placed in time and uploaded");
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("--track", options->track, "Audio track that receives the takes")->required();
  command->add_option("--for", options->seconds, "Seconds to record (default: Ctrl+C ends)")
      ->check(CLI::Range(0.1, 36'000.0));
  add_place_options(command, *options);
  add_capture_options(command, *options);
  commands.run(command, [options, command](Context& context) {
    options->loops = command->count("--loop") > 0;
    return record(context, *options);
  });
}

}  // namespace talkback::cli
