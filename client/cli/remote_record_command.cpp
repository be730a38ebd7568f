// talkback remote-record: starts and stops the recording of a performer who is on standby.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/capture_options.hpp"
#include "client/cli/commands.hpp"
#include "client/cli/remote_recording.hpp"

namespace talkback::cli {
namespace {

std::string hex_of(const std::string& bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

nlohmann::json take_json(const RemoteOptions& options, const v1::RecordAnswer& answer) {
  const v1::TakeSummary& take = answer.take();
  return {{"performer", options.performer},
          {"track", options.record.track},
          {"note", answer.message()},
          {"summary", take.summary()},
          {"takes", take.takes()},
          {"seconds", static_cast<double>(take.length_ms()) / 1000.0},
          {"latency_frames", take.latency_frames()},
          {"xruns", take.xruns()},
          {"lost_frames", take.lost_frames()},
          {"clips", take.clips()},
          {"sha256", hex_of(take.sha256())},
          {"revision", take.revision()},
          {"device", take.device()}};
}

Result<void> remote_record(Context& context, const RemoteOptions& options) {
  TALKBACK_ASSIGN(const auto project, context.join_project(options.record.project));
  TALKBACK_ASSIGN(RemoteRecording remote, RemoteRecording::create(context, *project, options));
  TALKBACK_ASSIGN(const v1::RecordAnswer answer, remote.run());
  const v1::TakeSummary& take = answer.take();
  if (!answer.has_take()) {
    context.terminal.line("The order is taken back; nothing was recorded.");
  } else {
    context.terminal.line(options.performer + ": " + take.summary() + ": " +
                          duration_text(static_cast<double>(take.length_ms()) / 1000.0) + ", " +
                          std::to_string(take.xruns()) + " xruns, safe on the server.");
    if (take.lost_frames() > 0)
      context.terminal.warn(std::to_string(take.lost_frames()) +
                            " frames were lost at the performer's; they are silent");
    if (take.clips() > 0)
      context.terminal.warn("the input was at full scale " + std::to_string(take.clips()) +
                            " times: let the pre-amplifier be turned down");
  }
  if (context.terminal.json) context.terminal.print_json(take_json(options, answer));
  return {};
}

}  // namespace

void add_remote_record_command(Commands& commands) {
  auto options = std::make_shared<RemoteOptions>();
  CLI::App* command = commands.add("remote-record", "Record a performer who is on standby, and see their levels");
  command->add_option("project", options->record.project, "Name or id")->required();
  command->add_option("--performer", options->performer, "Who is on standby")->required();
  command->add_option("--track", options->record.track, "Audio track that they are on standby for")->required();
  command->add_flag("--arm", options->arm, "Only show the levels at first; Enter starts");
  add_place_options(command, options->record);
  command->add_flag("--click", options->record.click, "Let the performer hear a click along with the song");
  commands.run(command, [options, command](Context& context) {
    options->record.loops = command->count("--loop") > 0;
    return remote_record(context, *options);
  });
}

}  // namespace talkback::cli
