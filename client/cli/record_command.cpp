// talkback record: plays the song so far, captures to the disk, places the take in time, uploads it and adds the clip.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "client/cli/commands.hpp"
#include "client/cli/interrupt.hpp"
#include "client/cli/song_sound.hpp"
#include "client/net/transfers.hpp"
#include "client/recorder/capture_file.hpp"
#include "client/recorder/take_recorder.hpp"
#include "engine/session/edit_text.hpp"
#include "engine/session/routing.hpp"
#include "engine/session/tempo.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

struct RecordOptions {
  std::string project;
  std::string track;
  std::int64_t from_bar = 1;
  std::int64_t to_bar = 0;
  double seconds = 0.0;
  int channels = 1;
  int count_in_bars = 0;
  bool click = false;
  std::string device;
};

struct Pass {
  TickPosition from{};           // in the song
  FramePosition start{};         // the same in frames
  std::optional<Frames> wanted;  // length that was asked for
  Frames count_in{};
  recorder::Capture capture;  // what the file holds
  Frames round_trip{};
  int xruns = 0;
  std::int64_t lost_frames = 0;
  std::filesystem::path wav;
  std::int64_t recorded_unix_ms = 0;
  std::string device;
};

std::string level_text(float peak) {
  if (peak <= 0.0F) return "-inf dBFS";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f dBFS%s", 20.0 * std::log10(static_cast<double>(peak)),
                peak >= 1.0F ? " CLIP" : "");
  return text;
}

std::string local_time(std::int64_t unix_ms, const char* format) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, format, &local);
  return text;
}

Result<const v1::Object*> find_track(const session::Session& session, const std::string& name) {
  std::string names;
  for (const v1::Object* track : session::all_tracks(session)) {
    if (track->track().kind() != v1::Track::AUDIO) continue;
    if (track->track().name() == name) return track;
    names += (names.empty() ? "" : ", ") + track->track().name();
  }
  return Error{ErrorCode::not_found,
               "there is no audio track \"" + name + "\"" + (names.empty() ? "" : "; there are " + names) +
                   ". Add one with: talkback edit PROJECT \"+session.track name=\\\"" + name + "\\\" kind=audio\""};
}

// Runs the stream until the take has its length or the performer ends it. The take is safe on the disk when this
// returns.
Result<void> run_stream(Context& context, device::AudioStream& stream, recorder::TakeRecorder& take, SampleRate rate) {
  Interrupt interrupt;
  TALKBACK_TRY(stream.start());
  while (!take.is_done() && !interrupt.requested() && stream.is_running()) {
    char text[96];
    std::snprintf(text, sizeof text, "Recording %s, level %s, xruns %d,",
                  duration_text(seconds_of(take.captured(), rate)).c_str(), level_text(take.take_peak()).c_str(),
                  take.xruns());
    if (::isatty(STDERR_FILENO) == 1) context.terminal.progress(text, 0.0);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const bool gone = !stream.is_running() && !take.is_done() && !interrupt.requested();
  stream.stop();
  context.terminal.end_progress();
  TALKBACK_TRY(take.finish());
  if (gone) context.terminal.warn("the sound card stopped; what was recorded until then is kept");
  return {};
}

Result<Pass> capture(Context& context, net::Api& api, const project::OpenProject& project, const RecordOptions& options,
                     const project::Home& home, const std::string& user) {
  TALKBACK_ASSIGN(const auto devices, device::open_port_audio());
  device::StreamOptions stream_options{options.device, options.channels, 2, session::sample_rate_of(project.session())};
  TALKBACK_ASSIGN(const device::DeviceInfo info, devices->find(stream_options));
  // The song is made at the card's rate, and the take keeps it: nothing has to convert on the way to the disk.
  const SampleRate rate{info.rate_hz};
  stream_options.rate = rate;
  const timeline::TempoMap map = session::tempo_map(project.session(), rate);
  const TickPosition from = timeline::tick_of_bar(map, options.from_bar);
  Pass pass;
  pass.device = info.name;
  pass.from = from;
  pass.start = map.frame_at(from);
  SoundOptions sound_options;
  sound_options.rate = rate;
  sound_options.start = pass.start;
  if (options.to_bar > 0) sound_options.length = map.frame_at(timeline::tick_of_bar(map, options.to_bar)) - pass.start;
  if (options.seconds > 0.0) sound_options.length = Frames{std::llround(options.seconds * rate.hz)};
  pass.wanted = sound_options.length;
  const TickPosition until =
      map.tick_at(pass.start + sound_options.length.value_or(Frames{std::int64_t{3600} * rate.hz}));
  auto click = std::make_unique<recorder::Click>(map, from, options.click ? until : from, options.count_in_bars);
  sound_options.count_in = pass.count_in = click->count_in();
  TALKBACK_ASSIGN(const auto sound, SongSound::create(context, api, project, sound_options, std::move(click)));

  pass.recorded_unix_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  const std::string stem =
      project.id() + "-" + std::to_string(pass.recorded_unix_ms) + "-" + std::to_string(::getpid());
  const std::filesystem::path journal = home.takes() / (stem + ".capture");
  TALKBACK_ASSIGN(recorder::CaptureFile file, recorder::CaptureFile::create(journal, rate, options.channels));
  recorder::TakeRecorder take({options.channels, pass.count_in, sound_options.length}, rate, sound->ahead(), file);
  TALKBACK_ASSIGN(const auto stream, devices->open(stream_options, take));
  context.terminal.note("Recording on " + info.name + (sound_options.length ? "" : "; Ctrl+C ends the take") + ".");
  TALKBACK_TRY(run_stream(context, *stream, take, rate));
  if (auto failed = sound->ahead().error()) context.terminal.warn("the playback stopped: " + failed->message);
  if (sound->ahead().late_frames() > 0) context.terminal.warn("the playback had gaps; the take itself is complete");
  pass.round_trip = take.compensation();
  pass.xruns = take.xruns();
  pass.lost_frames = take.lost_frames();
  if (take.round_trip() != pass.round_trip)
    context.terminal.warn("the driver reports a round trip of " + std::to_string(take.round_trip().count) +
                          " frames, which cannot be; the take is placed without compensation");
  pass.wav = home.takes() / (stem + ".wav");
  const recorder::CaptureOrigin origin{"Talkback take by " + user, local_time(pass.recorded_unix_ms, "%Y-%m-%d"),
                                       local_time(pass.recorded_unix_ms, "%H:%M:%S"), pass.start};
  TALKBACK_ASSIGN(pass.capture, recorder::write_wav(journal, pass.wav, origin));
  std::error_code ignored;
  std::filesystem::remove(journal, ignored);
  return pass;
}

// Source, take and clip as one edit. The clip begins where the song began.
Result<v1::Edit> edit_of(const session::Session& session, const v1::Object& track, const Pass& pass,
                         const net::FileBlob& blob, const std::string& user) {
  const Frames before = pass.count_in + pass.round_trip;
  // The stream ends on a block's edge, a little behind the bar line.
  const Frames length = std::min(pass.capture.length - before, pass.wanted.value_or(pass.capture.length));
  if (length.count <= 0)
    return Error{ErrorCode::invalid, "the take ended before the song began; it is kept in " + pass.wav.string()};
  const std::size_t number = session.count_children(session::id_of(track), v1::Object::kTake) + 1;
  const std::string name = track.track().name() + " take " + std::to_string(number);
  v1::Edit edit;
  edit.set_summary("Recorded " + name);
  const auto create = [&](ObjectId parent) -> v1::Object& {
    v1::Object& object = *edit.add_operations()->mutable_create();
    object.set_id(replica::new_object_id().value);
    object.set_parent_id(parent.value);
    return object;
  };
  v1::Object& source = create(kRootId);
  source.mutable_source()->set_name(name);
  source.mutable_source()->set_file_name(pass.wav.filename().string());
  source.mutable_source()->set_blob_sha256(blob.sha256);
  source.mutable_source()->set_size_bytes(blob.size_bytes);
  source.mutable_source()->set_sample_rate_hz(static_cast<std::uint32_t>(pass.capture.rate.hz));
  source.mutable_source()->set_channels(static_cast<std::uint32_t>(pass.capture.channels));
  source.mutable_source()->set_length_frames(pass.capture.length.count);
  source.set_order(session::last_order(session, kRootId, v1::Object::kSource));
  const std::uint64_t source_id = source.id();
  v1::Object& recorded = create(session::id_of(track));
  recorded.set_order(session::last_order(session, session::id_of(track), v1::Object::kTake));
  v1::Take& take = *recorded.mutable_take();
  take.set_name(name);
  take.set_source_id(source_id);
  take.set_position_ticks(pass.from.count);
  take.set_offset_frames(before.count);
  take.set_length_frames(length.count);
  take.set_performer(user);
  take.set_device(pass.device.substr(0, 200));
  take.set_latency_frames(pass.round_trip.count);
  take.set_recorded_unix_ms(pass.recorded_unix_ms);
  take.set_xruns(static_cast<std::uint32_t>(pass.xruns));
  take.set_software("talkback " TALKBACK_VERSION);
  const std::uint64_t take_id = recorded.id();
  v1::Object& placed = create(session::id_of(track));
  placed.set_order(session::last_order(session, session::id_of(track), v1::Object::kAudioClip));
  v1::AudioClip& clip = *placed.mutable_audio_clip();
  clip.set_name(name);
  clip.set_source_id(source_id);
  clip.set_take_id(take_id);
  clip.set_position_ticks(pass.from.count);
  clip.set_offset_frames(before.count);
  clip.set_length_frames(length.count);
  return edit;
}

Result<void> record(Context& context, const RecordOptions& options) {
  if (options.to_bar > 0 && options.to_bar <= options.from_bar)
    return Error{ErrorCode::invalid, "--to must be a bar behind --from"};
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Credentials signed_in, context.credentials());
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  TALKBACK_ASSIGN(const v1::Object* track, find_track(project->session(), options.track));
  v1::PresenceState presence;
  presence.set_recording_track_id(track->id());
  project->show_presence(presence);
  TALKBACK_ASSIGN(const Pass pass, capture(context, api, *project, options, *home, signed_in.user));
  if (pass.lost_frames > 0)
    context.terminal.warn(std::to_string(pass.lost_frames) +
                          " frames were lost because the disk was too slow; they are silent");
  TALKBACK_ASSIGN(const project::MediaFolder media, project::MediaFolder::open(*home));
  TALKBACK_ASSIGN(const net::FileBlob blob, media.add(pass.wav));
  const auto progress = [&](std::int64_t done, std::int64_t all) {
    context.terminal.progress("Uploading",
                              static_cast<double>(done) / static_cast<double>(std::max<std::int64_t>(all, 1)));
  };
  const auto uploaded = net::upload(api, project->id(), pass.wav, progress);
  context.terminal.end_progress();
  const auto safe = [&](const Error& error) {
    return Error{error.code, error.message + ". The take is safe in " + pass.wav.string()};
  };
  if (!uploaded) return safe(uploaded.error());
  // The connection may have ended during the take: the server restarted, or the line broke.
  auto heard = project->pump(std::chrono::milliseconds(0));
  while (heard && !heard->empty()) heard = project->pump(std::chrono::milliseconds(0));
  if (!heard)
    if (const auto joined = project->join(); !joined) return safe(joined.error());
  const auto track_now = find_track(project->session(), options.track);
  if (!track_now) return safe(track_now.error());
  track = *track_now;
  TALKBACK_ASSIGN(v1::Edit edit, edit_of(project->session(), *track, pass, blob, signed_in.user));
  const std::string summary = edit.summary();
  auto stored = project->submit_and_wait(std::move(edit));
  if (!stored) return safe(stored.error());
  // The media folder and the server hold it now.
  std::error_code ignored;
  std::filesystem::remove(pass.wav, ignored);
  const double seconds = seconds_of(pass.capture.length, pass.capture.rate);
  context.terminal.line(summary + ": " + duration_text(seconds) + ", round trip " +
                        std::to_string(pass.round_trip.count) + " frames taken off, " + std::to_string(pass.xruns) +
                        " xruns, safe on the server.");
  if (context.terminal.json)
    context.terminal.print_json({{"summary", summary},
                                 {"seconds", seconds},
                                 {"latency_frames", pass.round_trip.count},
                                 {"xruns", pass.xruns},
                                 {"lost_frames", pass.lost_frames},
                                 {"sha256", blob.sha256},
                                 {"revision", stored->revision},
                                 {"device", pass.device}});
  return {};
}

}  // namespace

void add_record_command(Commands& commands) {
  auto options = std::make_shared<RecordOptions>();
  CLI::App* command = commands.add("record", "Record a take while the song plays; it is placed in time and uploaded");
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("--track", options->track, "Audio track that receives the take")->required();
  command->add_option("--from", options->from_bar, "Bar to start at (default 1)")->check(CLI::Range(1, 1'000'000));
  command->add_option("--to", options->to_bar, "Bar to end before (default: Ctrl+C ends)")
      ->check(CLI::Range(2, 1'000'000));
  command->add_option("--for", options->seconds, "Seconds to record (default: Ctrl+C ends)")
      ->check(CLI::Range(0.1, 36'000.0));
  command->add_option("--channels", options->channels, "Inputs to record, from the first (default 1)")
      ->check(CLI::Range(1, 16));
  command->add_option("--count-in", options->count_in_bars, "Bars of click before the song")->check(CLI::Range(0, 8));
  command->add_flag("--click", options->click, "Click along with the song");
  command->add_option("--device", options->device, "Name or number from `talkback devices`");
  commands.run(command, [options](Context& context) { return record(context, *options); });
}

}  // namespace talkback::cli
