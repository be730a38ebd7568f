// talkback meters: what a range of the song measures, track by track. Computed as fast as it goes, no sound card.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/interrupt.hpp"
#include "client/cli/level_text.hpp"
#include "client/cli/session_player.hpp"
#include "engine/realtime/meters.hpp"
#include "engine/session/tempo.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

struct MetersOptions {
  std::string project;
  std::string track;
  std::int64_t from_bar = 1;
  std::int64_t to_bar = 0;
};

// A track, or the master, with its inserts.
struct TrackMeters {
  struct Insert {
    std::string effect;
    std::unique_ptr<realtime::MeterReader> reader;
  };
  std::string name;
  std::unique_ptr<realtime::MeterReader> fader = {};
  std::vector<Insert> inserts = {};
};

Result<std::vector<TrackMeters>> subscribe_all(realtime::GraphPlayer& player, const std::string& only) {
  std::vector<TrackMeters> tracks;
  std::string names;
  for (const realtime::NamedMeterPoint& place : player.meter_points()) {
    if (place.point.insert < 0) names += (names.empty() ? "" : ", ") + place.track;
    if (!only.empty() && place.track != only) continue;
    auto track = std::ranges::find(tracks, place.track, &TrackMeters::name);
    if (track == tracks.end()) track = tracks.insert(tracks.end(), TrackMeters{.name = place.track});
    if (place.point.insert >= 0) {
      TALKBACK_ASSIGN(auto reader, realtime::subscribe(player, place.point));
      track->inserts.push_back({place.label, std::move(reader)});
    } else {
      TALKBACK_ASSIGN(track->fader, realtime::subscribe(player, place.point, {.loudness = true, .true_peak = true}));
    }
  }
  if (tracks.empty())
    return Error{ErrorCode::not_found, "there is no track \"" + only + "\" that sounds; there are: " + names};
  return tracks;
}

Result<void> run(Context& context, SessionPlayer& session, std::vector<TrackMeters>& tracks, Frames length) {
  constexpr int kBlockFrames = 512;
  AudioBuffer block(2, kBlockFrames);
  realtime::GraphPlayer& player = session.player();
  const Interrupt interrupt;
  player.play();
  for (std::int64_t done = 0; done < length.count; done += kBlockFrames) {
    if (interrupt.requested()) return Error{ErrorCode::unavailable, "The measurement was cancelled."};
    TALKBACK_TRY(player.service());
    player.process(block.block().slice(0, static_cast<int>(std::min<std::int64_t>(kBlockFrames, length.count - done))));
    for (const TrackMeters& track : tracks) {
      track.fader->update();
      for (const TrackMeters::Insert& insert : track.inserts) insert.reader->update();
    }
    context.terminal.progress("Measuring", static_cast<double>(done) / static_cast<double>(length.count));
  }
  context.terminal.end_progress();
  return {};
}

std::string number_text(std::optional<double> value) { return value ? db_text(value) : "-"; }

std::string correlation_text(std::optional<double> value) {
  char text[16] = "-";
  if (value) std::snprintf(text, sizeof text, "%+.2f", *value);
  return text;
}

void show(Context& context, const std::vector<TrackMeters>& tracks) {
  std::vector<std::vector<std::string>> rows;
  nlohmann::json json = nlohmann::json::array();
  for (const TrackMeters& track : tracks) {
    const realtime::MeterReader& fader = *track.fader;
    const analysis::Loudness loudness = fader.loudness()->loudness();
    const std::optional<double> correlation = fader.correlation().whole();
    std::string reductions;
    nlohmann::json inserts = nlohmann::json::array();
    for (const TrackMeters::Insert& insert : track.inserts) {
      const double reduction = insert.reader->greatest_gain_reduction_db();
      inserts.push_back({{"effect", insert.effect}, {"gain_reduction_db_max", db_json(reduction)}});
      if (reduction > 0.0) reductions += (reductions.empty() ? "" : ", ") + insert.effect + " " + db_text(reduction);
    }
    rows.push_back({track.name, db_text(fader.peak().greatest_db(0)), db_text(fader.peak().greatest_db(1)),
                    db_text(fader.rms().whole_db()), number_text(loudness.integrated_lufs),
                    number_text(loudness.range_lu), number_text(loudness.true_peak_dbtp), correlation_text(correlation),
                    std::to_string(fader.peak().clips()), reductions});
    json.push_back({{"track", track.name},
                    {"peak_left_dbfs", db_json(fader.peak().greatest_db(0))},
                    {"peak_right_dbfs", db_json(fader.peak().greatest_db(1))},
                    {"rms_dbfs", db_json(fader.rms().whole_db())},
                    {"integrated_lufs", db_json(loudness.integrated_lufs)},
                    {"range_lu", db_json(loudness.range_lu)},
                    {"true_peak_dbtp", db_json(loudness.true_peak_dbtp)},
                    {"correlation", db_json(correlation)},
                    {"clips", fader.peak().clips()},
                    {"inserts", inserts}});
  }
  if (context.terminal.json) return context.terminal.print_json({{"tracks", json}});
  context.terminal.table({"TRACK", "PEAK L", "PEAK R", "RMS", "LUFS-I", "LRA", "DBTP", "CORR", "CLIPS", "REDUCTION DB"},
                         rows);
}

Result<void> meters(Context& context, const MetersOptions& options) {
  if (options.to_bar > 0 && options.to_bar <= options.from_bar)
    return Error{ErrorCode::invalid, "--to must be a bar behind --from"};
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  const SampleRate rate = session::sample_rate_of(project->session());
  const timeline::TempoMap map = session::tempo_map(project->session(), rate);
  const FramePosition start = map.frame_at(timeline::tick_of_bar(map, options.from_bar));
  TALKBACK_ASSIGN(
      const auto session,
      SessionPlayer::create(context, *project,
                            {.start = start, .rate = rate, .read_ahead = realtime::SourceReadAhead::Thread::none}));
  TALKBACK_ASSIGN(std::vector<TrackMeters> tracks, subscribe_all(session->player(), options.track));
  Frames length = session->player().length() - Frames{start.count};
  if (options.to_bar > 0) length = std::min(length, map.frame_at(timeline::tick_of_bar(map, options.to_bar)) - start);
  TALKBACK_TRY(run(context, *session, tracks, length));
  show(context, tracks);
  return {};
}

}  // namespace

void add_meters_command(Commands& commands) {
  auto options = std::make_shared<MetersOptions>();
  CLI::App* command = commands.add("meters", "Measure the song: peak, RMS, loudness, correlation, gain reduction");
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("--track", options->track, "This track only (default: all, and the master)");
  command->add_option("--from", options->from_bar, "Bar to start at")->check(CLI::Range(1, 1'000'000));
  command->add_option("--to", options->to_bar, "Bar to end before")->check(CLI::Range(2, 1'000'000));
  commands.run(command, [options](Context& context) { return meters(context, *options); });
}

}  // namespace talkback::cli
