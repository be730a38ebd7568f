// talkback play: the song on this machine's sound card.
#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "client/cli/commands.hpp"
#include "client/cli/cue_options.hpp"
#include "client/cli/interrupt.hpp"
#include "client/cli/level_text.hpp"
#include "client/cli/midi_listening.hpp"
#include "client/cli/offline_edit.hpp"
#include "client/cli/remembered_play.hpp"
#include "client/cli/session_player.hpp"
#include "client/cli/song_sound.hpp"
#include "client/cli/sound_card.hpp"
#include "client/device/file_device.hpp"
#include "client/playback/player.hpp"
#include "engine/realtime/meters.hpp"
#include "engine/session/tempo.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

// From here on, a slower moment would be heard.
constexpr double kLoadMax = 0.7;
constexpr std::chrono::milliseconds kPoll{50};

struct PlayOptions {
  std::string project;
  std::int64_t from_bar = 1;
  std::int64_t to_bar = 0;
  std::string device;
  bool read_ahead = false;
  CueOptions cue;
  std::string midi;   // port that is heard along; empty: none
  std::string track;  // through which
  bool remembers = false;
  std::vector<int> inputs;  // that are remembered, from 1
};

// The song behind a keyboard.
class PlayerBacking final : public recorder::Backing {
 public:
  explicit PlayerBacking(playback::Player& player) : player_(player) {}
  void play(AudioBlock output, const device::StreamTime& time) noexcept override { player_.process({}, output, time); }

 private:
  playback::Player& player_;
};

// What is to be played, and where.
struct Playback {
  device::DeviceInfo device;
  device::StreamOptions stream;
  FramePosition start;
  std::optional<Frames> length;
  project::CueMix cue;
};

struct Played {
  Frames frames;
  int xruns = 0;
  std::int64_t late_frames = 0;
  double load = 0.0;
  bool is_overloaded = false;
  std::optional<Error> error = {};
};

void show_progress(Context& context, const project::OpenProject& project, const Playback& playback, Frames played,
                   Frames all) {
  const timeline::TempoMap map = session::tempo_map(project.session(), playback.stream.rate);
  const TickPosition at = map.tick_at(playback.start + played);
  context.terminal.progress(
      "Playing bar " + std::to_string(timeline::bar_beat_at(map, at).bar) + ",",
      static_cast<double>(played.count) / static_cast<double>(std::max<std::int64_t>(all.count, 1)));
}

// Position, peaks of both channels with what was held, momentary loudness, load.
std::string meter_text(const project::OpenProject& project, const Playback& playback, Frames played,
                       const realtime::MeterReader& meters, const realtime::PlayerState& state) {
  const timeline::TempoMap map = session::tempo_map(project.session(), playback.stream.rate);
  const timeline::BarBeat at = timeline::bar_beat_at(map, map.tick_at(playback.start + played));
  const auto level = [&](int channel) {
    return db_text(meters.peak().level_db(channel)) + " (" + db_text(meters.peak().held_db(channel)) + ")";
  };
  const std::string clips = meters.peak().clips() > 0 ? ", " + std::to_string(meters.peak().clips()) + " clips" : "";
  return "Bar " + std::to_string(at.bar) + "." + std::to_string(at.beat) + "  L " + level(0) + "  R " + level(1) +
         " dBFS" + clips + "  " + db_text(meters.loudness()->momentary_lufs()) + " LUFS-M  load " +
         std::to_string(std::lround(100.0 * state.load)) + " %";
}

// On the audio thread, in step with the room.
Result<Played> play_live(Context& context, project::OpenProject& project, device::AudioDevices& devices,
                         const Playback& playback, const PlayOptions& options) {
  SessionPlayerOptions player_options{.start = playback.start, .rate = playback.stream.rate};
  if (!playback.cue.is_empty())
    player_options.heard = [&](const session::Session& shared) { return project::heard_with(playback.cue, shared); };
  TALKBACK_ASSIGN(const auto session, SessionPlayer::create(context, project, std::move(player_options)));
  TALKBACK_ASSIGN(const auto meters, realtime::subscribe(session->player(), {}, {.loudness = true}));
  realtime::GraphPlayer& graph = session->player();
  graph.play();
  playback::Player player(graph, playback.length.value_or(playback::Player::kNoEnd));
  PlayerBacking backing(player);
  std::unique_ptr<MidiListening> keys;
  if (!options.midi.empty()) {
    ListeningOptions listening{options.midi, options.track, playback.device.host_api == "JACK", true, {}, {}};
    listening.span.start = playback.start;
    listening.rate = playback.stream.rate;
    TALKBACK_ASSIGN(keys, MidiListening::create(context, project, backing, listening));
  }
  device::StreamCallback& plays = keys ? keys->callback() : static_cast<device::StreamCallback&>(player);
  std::unique_ptr<RememberedPlay> remembered;
  if (options.remembers) {
    TALKBACK_ASSIGN(remembered, RememberedPlay::create(context, project, playback.device, playback.stream.rate,
                                                       playback.start, options.inputs, plays));
  }
  TALKBACK_ASSIGN(const auto stream, devices.open(playback.stream, remembered ? remembered->callback() : plays));
  TALKBACK_TRY(stream->start());
  const Interrupt interrupt;
  Played played;
  while (stream->is_running() && !player.is_over() && !interrupt.requested() && !played.is_overloaded) {
    session->follow(kPoll);
    if (keys) keys->service();
    if (remembered) remembered->service();
    const realtime::PlayerState state = graph.state();
    played.load = std::max(played.load, state.load);
    played.is_overloaded = state.load > kLoadMax;
    meters->update();
    if (!context.terminal.status(meter_text(project, playback, player.played(), *meters, state)))
      show_progress(context, project, playback, player.played(), playback.length.value_or(graph.length()));
  }
  stream->stop();
  context.terminal.end_progress();
  if (keys) TALKBACK_TRY(keys->finish());
  played.frames = player.played();
  played.xruns = player.xruns();
  played.late_frames = graph.state().late_frames;
  return played;
}

Result<Played> play_ahead(Context& context, project::OpenProject& project, device::AudioDevices& devices,
                          const Playback& playback) {
  SoundOptions options;
  options.rate = playback.stream.rate;
  options.start = playback.start;
  options.length = playback.length;
  options.cue = playback.cue;
  TALKBACK_ASSIGN(const auto sound, SongSound::create(context, project, options));
  if (sound->length().count == 0) return Error{ErrorCode::not_found, "there is nothing to play from there on"};
  playback::Player player(sound->ahead());
  TALKBACK_ASSIGN(const auto stream, devices.open(playback.stream, player));
  TALKBACK_TRY(stream->start());
  const Interrupt interrupt;
  while (stream->is_running() && !player.is_over() && !interrupt.requested()) {
    show_progress(context, project, playback, player.played(), sound->length());
    std::this_thread::sleep_for(kPoll);
  }
  stream->stop();
  context.terminal.end_progress();
  return Played{.frames = player.played(),
                .xruns = player.xruns(),
                .late_frames = sound->ahead().late_frames(),
                .error = sound->ahead().error()};
}

Result<void> play(Context& context, const PlayOptions& options) {
  if (!options.midi.empty() && options.read_ahead)
    return Error{ErrorCode::invalid, "a keyboard is heard where the song is played directly: leave --read-ahead out"};
  if (options.remembers && options.read_ahead)
    return Error{ErrorCode::invalid,
                 "the input is remembered where the song is played directly: leave --read-ahead out"};
  if (options.midi.empty() && !options.track.empty())
    return Error{ErrorCode::invalid, "--track is what a keyboard sounds through: give --midi as well"};
  TALKBACK_ASSIGN(const EditableProject editable, open_for_edit(context, options.project));
  const std::unique_ptr<project::OpenProject>& project = editable.project;
  if (editable.offline)
    context.terminal.note("The server cannot be reached (" + editable.offline->message +
                          "): the song is played as this machine has it.");
  TALKBACK_ASSIGN(const auto devices, device::open_devices());
  Playback playback;
  TALKBACK_ASSIGN(playback.cue, cue_mix_of(options.cue));
  const int inputs = options.remembers ? *std::ranges::max_element(options.inputs) : 0;
  playback.stream = {options.device, inputs, 2, session::sample_rate_of(project->session())};
  TALKBACK_ASSIGN(playback.device, choose_card(context, *devices, playback.stream));
  // The song is made at the card's own rate: nothing has to convert.
  playback.stream.rate = SampleRate{playback.device.rate_hz};
  const timeline::TempoMap map = session::tempo_map(project->session(), playback.stream.rate);
  playback.start = map.frame_at(timeline::tick_of_bar(map, options.from_bar));
  if (options.to_bar > options.from_bar)
    playback.length = map.frame_at(timeline::tick_of_bar(map, options.to_bar)) - playback.start;
  Played played;
  Frames before{};
  if (!options.read_ahead) {
    TALKBACK_ASSIGN(played, play_live(context, *project, *devices, playback, options));
  }
  if (options.read_ahead || played.is_overloaded) {
    if (played.is_overloaded) {
      context.terminal.warn("this machine is too slow to play the session directly (" +
                            std::to_string(std::lround(100.0 * played.load)) +
                            " % of the time went into sound); it goes on from what is made ahead, without new edits");
      before = played.frames;
      playback.start += before;
      if (playback.length) playback.length = *playback.length - before;
    }
    const int xruns = played.xruns;
    TALKBACK_ASSIGN(played, play_ahead(context, *project, *devices, playback));
    played.xruns += xruns;
  }
  if (played.error) return *played.error;
  if (played.late_frames > 0)
    context.terminal.warn(duration_text(seconds_of(Frames{played.late_frames}, playback.stream.rate)) +
                          " of sound came too late; try fewer effects, or `talkback render`");
  const double seconds = seconds_of(before + played.frames, playback.stream.rate);
  context.terminal.line("Played " + duration_text(seconds) + " on " + playback.device.name + ".");
  if (context.terminal.json)
    context.terminal.print_json({{"device", playback.device.name},
                                 {"seconds", seconds},
                                 {"xruns", played.xruns},
                                 {"late_frames", played.late_frames},
                                 {"load", played.load}});
  return {};
}

}  // namespace

void add_play_command(Commands& commands) {
  auto options = std::make_shared<PlayOptions>();
  CLI::App* command = commands.add("play", "Play the song on a sound card; Ctrl+C ends");
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("--from", options->from_bar, "Bar to start at")->check(CLI::Range(1, 1'000'000));
  command->add_option("--to", options->to_bar, "Bar to end before")->check(CLI::Range(2, 1'000'000));
  command->add_option("--device", options->device, "Name or number from `talkback devices`");
  command->add_flag("--read-ahead", options->read_ahead,
                    "Make the sound on a thread before it is played: for slow machines; new edits are not heard");
  add_cue_options(command, options->cue);
  command->add_option("--midi", options->midi,
                      "Hear a keyboard along, by name or number from `talkback midi devices`; `midi capture` puts what "
                      "was played into the song");
  command->add_option("--track", options->track, "Instrument track that the keyboard sounds through");
  command
      ->add_option("--remember-input", options->inputs,
                   "Remember the last minute of these inputs (from 1; default: the first) on this machine; `take "
                   "capture` makes a take of it")
      ->delimiter(',')
      ->check(CLI::Range(1, 16))
      ->expected(0, 16);
  commands.run(command, [options, command](Context& context) {
    options->remembers = command->count("--remember-input") > 0;
    // Given without a number the list holds a 0.
    std::erase(options->inputs, 0);
    if (options->remembers && options->inputs.empty()) options->inputs = {1};
    return play(context, *options);
  });
}

}  // namespace talkback::cli
