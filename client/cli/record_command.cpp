// talkback record: plays the song so far, captures to the disk, sends while it records, and places the takes in time.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/capture_options.hpp"
#include "client/cli/commands.hpp"
#include "client/cli/midi_recording.hpp"
#include "client/cli/offline_edit.hpp"
#include "client/cli/recorded_take.hpp"
#include "engine/session/routing.hpp"

namespace talkback::cli {
namespace {

// On an instrument track a keyboard is recorded; it knows fewer words.
Result<void> record_keyboard(Context& context, const RecordOptions& options) {
  MidiRecordOptions midi;
  midi.project = options.project;
  midi.track = options.track;
  midi.input = options.midi;
  const auto bar_of = [](const std::string& option, const std::string& text) -> Result<std::int64_t> {
    std::int64_t bar = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bar);
    if (error == std::errc{} && end == text.data() + text.size() && bar >= 1) return bar;
    return Error{ErrorCode::invalid, option + ": an instrument track is recorded from bar to bar, as in " + option +
                                         " 17, not \"" + text + "\""};
  };
  const bool is_too_much = !options.punch_in.empty() || !options.punch_out.empty() || options.pre_roll_bars > 0 ||
                           options.seconds > 0.0 || !options.inputs.empty() || options.channels > 0;
  if (is_too_much)
    return Error{
        ErrorCode::invalid,
        "\"" + options.track + "\" is an instrument track: punching, --pre-roll, --for and inputs are for audio"};
  TALKBACK_ASSIGN(midi.from_bar, bar_of("--from", options.from));
  if (!options.to.empty()) {
    TALKBACK_ASSIGN(midi.to_bar, bar_of("--to", options.to));
  }
  midi.count_in_bars = options.count_in_bars;
  midi.click = options.click;
  if (options.loops) midi.passes = options.passes;
  midi.device = options.device;
  return record_midi(context, midi);
}

bool is_instrument(const session::Session& session, const std::string& name) {
  return std::ranges::any_of(session::all_tracks(session), [&](const v1::Object* track) {
    return track->track().kind() == v1::Track::INSTRUMENT && track->track().name() == name;
  });
}

Result<void> record(Context& context, const RecordOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(EditableProject editable, open_for_edit(context, options.project));
  const std::unique_ptr<project::OpenProject>& project = editable.project;
  if (is_instrument(project->session(), options.track)) {
    editable.project.reset();
    return record_keyboard(context, options);
  }
  if (editable.offline)
    context.terminal.note("The server cannot be reached (" + editable.offline->message +
                          "): the take is kept on this machine until it can.");
  if (!options.midi.empty()) return Error{ErrorCode::invalid, "--midi is for instrument tracks"};
  if (const std::size_t waiting = recorder::find_captures(home->takes()).size(); waiting > 0)
    context.terminal.note(std::to_string(waiting) + (waiting == 1 ? " recording" : " recordings") +
                          " of an earlier time may still wait on this machine; see: talkback recover --list");
  TALKBACK_ASSIGN(const auto run, RecordingRun::create(context, *project, options));
  TALKBACK_TRY(run->run());
  TALKBACK_ASSIGN(const RecordedTake take, bring_in(context, *project, *run, editable.offline.has_value()));
  if (context.terminal.json) context.terminal.print_json(take_json(*run, take));
  if (take.disk_fault) return *take.disk_fault;
  return {};
}

}  // namespace

void add_record_command(Commands& commands) {
  auto options = std::make_shared<RecordOptions>();
  CLI::App* command = commands.add("record", "Record takes while the song plays; they are placed in time and uploaded");
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("--track", options->track, "Audio track that receives the takes, or instrument track")
      ->required();
  command->add_option("--for", options->seconds, "Seconds to record (default: Ctrl+C ends)")
      ->check(CLI::Range(0.1, 36'000.0));
  add_place_options(command, *options);
  add_capture_options(command, *options);
  command->add_option("--midi", options->midi, "MIDI port that an instrument track records (default: the only one)");
  commands.run(command, [options, command](Context& context) {
    options->loops = command->count("--loop") > 0;
    return record(context, *options);
  });
}

}  // namespace talkback::cli
