// talkback record: plays the song so far, captures to the disk, sends while it records, and places the takes in time.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/midi_recording.hpp"
#include "client/cli/record_plan.hpp"
#include "client/cli/recording_run.hpp"
#include "client/cli/take_delivering.hpp"
#include "engine/session/routing.hpp"

namespace talkback::cli {
namespace {

void tell_what_went_wrong(Context& context, const RecordingRun& run) {
  const recorder::Recording& recording = run.recording();
  if (recording.lost_frames() > 0)
    context.terminal.warn(std::to_string(recording.lost_frames()) +
                          " frames were lost because the disk was too slow; they are silent, and marked in the take");
  if (recording.clips() > 0)
    context.terminal.warn("the input was at full scale " + std::to_string(recording.clips()) +
                          " times: turn the pre-amplifier down");
  if (!recording.is_latency_measured() && recording.latency() != recording.round_trip())
    context.terminal.warn("the driver reports a round trip of " + std::to_string(recording.round_trip().count) +
                          " frames, which cannot be; the take is placed without compensation. See: talkback setup");
}

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
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(auto project, context.join_project(options.project));
  if (is_instrument(project->session(), options.track)) {
    project.reset();
    return record_keyboard(context, options);
  }
  if (!options.midi.empty()) return Error{ErrorCode::invalid, "--midi is for instrument tracks"};
  if (const std::size_t waiting = recorder::find_captures(home->takes()).size(); waiting > 0)
    context.terminal.note(std::to_string(waiting) + (waiting == 1 ? " recording" : " recordings") +
                          " of an earlier time may still wait on this machine; see: talkback recover --list");
  TALKBACK_ASSIGN(const auto run, RecordingRun::create(context, api, *project, options));
  TALKBACK_TRY(run->run());
  const auto written = run->finish();
  if (!written) context.terminal.warn(written.error().message + "; what came before is kept");
  tell_what_went_wrong(context, *run);
  TALKBACK_ASSIGN(const project::Delivery delivery,
                  deliver(context, *project, run->upload(), run->files(), run->captured()));
  const auto complete = run->upload().result();
  const auto safe_after =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - run->ended_at());
  const double seconds = seconds_of(delivery.length, run->rate());
  const recorder::Recording& recording = run->recording();
  context.terminal.line(delivery.summary + ": " + duration_text(seconds) + ", round trip " +
                        std::to_string(recording.latency().count) + " frames taken off, " +
                        std::to_string(recording.xruns()) + " xruns, safe on the server.");
  if (context.terminal.json)
    context.terminal.print_json({{"summary", delivery.summary},
                                 {"takes", delivery.takes},
                                 {"seconds", seconds},
                                 {"latency_frames", recording.latency().count},
                                 {"latency_measured", recording.is_latency_measured()},
                                 {"xruns", recording.xruns()},
                                 {"lost_frames", recording.lost_frames()},
                                 {"format", complete->is_flac ? "flac" : "wav"},
                                 {"sha256", to_hex(complete->sha256)},
                                 {"revision", delivery.revision},
                                 {"safe_after_ms", safe_after.count()},
                                 {"device", run->device()}});
  if (!written) return written.error();
  return {};
}

}  // namespace

void add_record_command(Commands& commands) {
  auto options = std::make_shared<RecordOptions>();
  CLI::App* command = commands.add("record", "Record takes while the song plays; they are placed in time and uploaded");
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("--track", options->track, "Audio track that receives the takes, or instrument track")
      ->required();
  command->add_option("--from", options->from, "Bar, or bar.beat, to start at (default 1)");
  command->add_option("--to", options->to, "Place to end before (default: Ctrl+C ends)");
  command->add_option("--for", options->seconds, "Seconds to record (default: Ctrl+C ends)")
      ->check(CLI::Range(0.1, 36'000.0));
  CLI::Option* loop =
      command->add_option("--loop", options->passes,
                          "Play --from to --to again and again, so many times (0: until Ctrl+C); each pass is a take");
  loop->expected(0, 1)->check(CLI::Range(0, 1'000));
  command->add_option("--punch-in", options->punch_in, "Only what is sung from here on becomes a take");
  command->add_option("--punch-out", options->punch_out, "And only up to here");
  command->add_option("--pre-roll", options->pre_roll_bars, "Bars of the song before --from")->check(CLI::Range(0, 64));
  command->add_option("--count-in", options->count_in_bars, "Bars of click before the song")->check(CLI::Range(0, 8));
  command->add_flag("--click", options->click, "Click along with the song");
  command->add_option("--monitor", options->monitor, "Hear the input through the computer: off or soft")
      ->check(CLI::IsMember({"off", "soft"}));
  command->add_option("--input", options->inputs, "Inputs to record, from 1: --input 1,2")
      ->delimiter(',')
      ->check(CLI::Range(1, 16))
      ->expected(1, 16);
  command->add_option("--midi", options->midi, "MIDI port that an instrument track records (default: the only one)");
  command->add_option("--channels", options->channels, "So many inputs, from the first (default 1)")
      ->check(CLI::Range(1, 16))
      ->excludes("--input");
  command->add_option("--gain", options->input_gain_db, "Gain of the pre-amplifier in dB, to be kept with the take")
      ->check(CLI::Range(-144.0, 144.0));
  command->add_option("--device", options->device, "Name or number from `talkback devices`");
  command->add_flag("--plain", options->plain, "No full screen on a terminal");
  add_cue_options(command, options->cue);
  commands.run(command, [options, loop](Context& context) {
    options->loops = loop->count() > 0;
    return record(context, *options);
  });
}

}  // namespace talkback::cli
