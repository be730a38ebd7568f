// talkback midi devices | record | recover | listen | capture
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/midi_listen.hpp"
#include "client/cli/midi_recording.hpp"
#include "client/cli/midi_recovery.hpp"
#include "client/device/midi_device.hpp"

namespace talkback::cli {
namespace {

Result<void> list_devices(Context& context) {
  const auto midi = device::open_midi();
  nlohmann::json ports = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const device::MidiPort& port : midi->list()) {
    ports.push_back(
        {{"number", port.number}, {"name", port.name}, {"api", port.api}, {"is_hardware", port.is_hardware}});
    rows.push_back({std::to_string(port.number), port.name, port.api, port.is_hardware ? "hardware" : "program"});
  }
  if (context.terminal.json) {
    context.terminal.print_json({{"ports", ports}, {"hindrances", midi->hindrances()}});
    return {};
  }
  if (rows.empty())
    context.terminal.line("There is no MIDI input.");
  else
    context.terminal.table({"NO", "NAME", "API", "KIND"}, rows);
  for (const std::string& hindrance : midi->hindrances()) context.terminal.note(hindrance);
  return {};
}

void add_record(Commands& commands, CLI::App* midi) {
  auto options = std::make_shared<MidiRecordOptions>();
  auto monitor = std::make_shared<std::string>("on");
  CLI::App* command = commands.add("record", "Record a keyboard while the song plays, as clips on a track", midi);
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("--track", options->track, "Instrument track that receives the clips")->required();
  command->add_option("--input", options->input, "Name or number from `talkback midi devices`");
  command->add_option("--from", options->from_bar, "Bar to start at (default 1)")->check(CLI::Range(1, 1'000'000));
  command->add_option("--to", options->to_bar, "Bar to end before (default: Ctrl+C ends)")
      ->check(CLI::Range(2, 1'000'000));
  command->add_option("--count-in", options->count_in_bars, "Bars of click before the song")->check(CLI::Range(0, 8));
  command->add_flag("--click", options->click, "Click along with the song");
  command
      ->add_option("--loop", options->passes, "Play the bars so many times; every pass becomes a clip, the last sounds")
      ->check(CLI::Range(1, 1'000));
  command->add_option("--monitor", *monitor, "Hear the keyboard through the track (default on)")
      ->check(CLI::IsMember({"on", "off"}));
  command->add_option("--device", options->device, "Sound card, by name or number from `talkback devices`");
  commands.run(command, [options, monitor](Context& context) {
    options->monitor = *monitor == "on";
    return record_midi(context, *options);
  });
}

void add_recover(Commands& commands, CLI::App* midi) {
  auto options = std::make_shared<MidiRecoverOptions>();
  CLI::App* command =
      commands.add("recover", "What a killed recording left: without a project a list, else into the project", midi);
  command->add_option("project", options->project, "Name or id");
  command->add_option("--track", options->track, "Track to put it on (default: the one it was played on)");
  commands.run(command, [options](Context& context) { return recover_midi(context, *options); });
}

void add_listen(Commands& commands, CLI::App* midi) {
  auto options = std::make_shared<MidiListenOptions>();
  CLI::App* command = commands.add(
      "listen", "Remember what is played, for `midi capture`, and hear it through a track; Ctrl+C ends", midi);
  command->add_option("project", options->project, "Name or id (default: nothing sounds)");
  command->add_option("--track", options->track, "Instrument track that it sounds through");
  command->add_option("--input", options->input, "Name or number from `talkback midi devices`");
  command->add_option("--device", options->device, "Sound card, by name or number from `talkback devices`");
  commands.run(command, [options](Context& context) { return listen_midi(context, *options); });
}

void add_capture(Commands& commands, CLI::App* midi) {
  auto options = std::make_shared<MidiCaptureOptions>();
  CLI::App* command = commands.add(
      "capture", "Put what was just played into the song, though nobody recorded: the last 5 minutes", midi);
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("--track", options->track, "Instrument track that receives the clip")->required();
  command->add_option("--at", options->bar, "Bar of the first note (default: where the song was then, else 1)")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--last", options->seconds, "Seconds before the last note (default: all that is remembered)")
      ->check(CLI::Range(0.1, 300.0));
  commands.run(command, [options](Context& context) { return capture_midi(context, *options); });
}

}  // namespace

void add_midi_commands(Commands& commands) {
  CLI::App* midi = commands.add("midi", "Keyboards: what there is, recording, what was just played or left behind");
  midi->require_subcommand(1);
  commands.run(commands.add("devices", "The MIDI inputs of this machine", midi), &list_devices);
  add_record(commands, midi);
  add_recover(commands, midi);
  add_listen(commands, midi);
  add_capture(commands, midi);
}

}  // namespace talkback::cli
