// talkback play: the song on this machine's sound card.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "client/cli/commands.hpp"
#include "client/cli/interrupt.hpp"
#include "client/cli/song_sound.hpp"
#include "client/playback/player.hpp"
#include "engine/session/tempo.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

struct PlayOptions {
  std::string project;
  std::int64_t from_bar = 1;
  std::int64_t to_bar = 0;
  std::string device;
};

Result<void> play(Context& context, const PlayOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  TALKBACK_ASSIGN(const auto devices, device::open_port_audio());
  device::StreamOptions stream_options{options.device, 0, 2, session::sample_rate_of(project->session())};
  TALKBACK_ASSIGN(const device::DeviceInfo info, devices->find(stream_options));
  // The song is made at the card's own rate: nothing has to convert.
  stream_options.rate = SampleRate{info.rate_hz};
  const timeline::TempoMap map = session::tempo_map(project->session(), stream_options.rate);
  SoundOptions sound_options;
  sound_options.rate = stream_options.rate;
  sound_options.start = map.frame_at(timeline::tick_of_bar(map, options.from_bar));
  if (options.to_bar > options.from_bar)
    sound_options.length = map.frame_at(timeline::tick_of_bar(map, options.to_bar)) - sound_options.start;
  TALKBACK_ASSIGN(const auto sound, SongSound::create(context, api, *project, sound_options));
  if (sound->length().count == 0)
    return Error{ErrorCode::not_found, "there is nothing to play from bar " + std::to_string(options.from_bar)};
  playback::Player player(sound->ahead());
  TALKBACK_ASSIGN(const auto stream, devices->open(stream_options, player));
  TALKBACK_TRY(stream->start());
  Interrupt interrupt;
  while (stream->is_running() && !sound->ahead().is_over() && !interrupt.requested()) {
    const TickPosition at = map.tick_at(sound_options.start + player.played());
    context.terminal.progress("Playing bar " + std::to_string(timeline::bar_beat_at(map, at).bar) + ",",
                              static_cast<double>(player.played().count) / static_cast<double>(sound->length().count));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  stream->stop();
  context.terminal.end_progress();
  if (auto failed = sound->ahead().error()) return *failed;
  if (sound->ahead().late_frames() > 0)
    context.terminal.warn(duration_text(seconds_of(Frames{sound->ahead().late_frames()}, stream_options.rate)) +
                          " of sound came too late; try fewer effects, or `talkback render`");
  const double seconds = seconds_of(player.played(), stream_options.rate);
  context.terminal.line("Played " + duration_text(seconds) + " on " + info.name + ".");
  if (context.terminal.json)
    context.terminal.print_json({{"device", info.name},
                                 {"seconds", seconds},
                                 {"xruns", player.xruns()},
                                 {"late_frames", sound->ahead().late_frames()}});
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
  commands.run(command, [options](Context& context) { return play(context, *options); });
}

}  // namespace talkback::cli
