#include "client/cli/recording_run.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include "client/cli/interrupt.hpp"
#include "client/cli/recording_text.hpp"
#include "client/cli/sound_card.hpp"
#include "client/cli/take_lanes.hpp"
#include "client/device/file_device.hpp"
#include "client/project/track_room.hpp"
#include "client/recorder/captured_takes.hpp"
#include "engine/session/apply.hpp"
#include "engine/session/defaults.hpp"
#include "engine/session/tempo.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

using recorder::Recording;
using std::chrono::milliseconds;

constexpr milliseconds kPoll{20};
constexpr milliseconds kPresenceEvery{200};
constexpr std::chrono::seconds kSilentDriverMax{5};
constexpr std::int64_t kClickSecondsMax = 3 * 3600;

std::int64_t now_unix_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

int inputs_wanted(const RecordOptions& options) {
  if (!options.inputs.empty()) return *std::ranges::max_element(options.inputs);
  return std::max(options.channels, 1);
}

std::vector<timeline::TempoPoint> tempos_of(const session::Session& session) {
  std::vector<timeline::TempoPoint> points;
  for (const v1::Object* object : session.children(kRootId, v1::Object::kTempo)) {
    const v1::Object full = session::with_defaults(*object);
    points.push_back({TickPosition{full.tempo().position_ticks()}, full.tempo().bpm(), full.tempo().ramp()});
  }
  return points;
}

}  // namespace

Result<std::unique_ptr<RecordingRun>> RecordingRun::create(Context& context, net::Api& api,
                                                           project::OpenProject& project, const RecordOptions& options,
                                                           RecordGuest* guest) {
  TALKBACK_ASSIGN(const v1::Object* track, find_audio_track(project.session(), options.track));
  const ObjectId track_id = session::id_of(*track);
  TALKBACK_ASSIGN(auto devices, device::open_devices());
  const device::StreamOptions wanted{options.device, inputs_wanted(options), 2,
                                     session::sample_rate_of(project.session())};
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(project::DeviceSettings settings, project::DeviceSettings::open(*home));
  TALKBACK_ASSIGN(device::DeviceInfo info, find_card(context, *devices, settings, wanted));
  // The song is made at the card's rate, and the take keeps it: nothing has to convert on the way to the disk.
  const SampleRate rate{info.rate_hz};
  std::unique_ptr<RecordingRun> run(
      new RecordingRun(context, project, options, session::tempo_map(project.session(), rate), guest));
  run->rate_ = rate;
  run->device_ = std::move(info);
  run->devices_ = std::move(devices);
  run->settings_.emplace(std::move(settings));
  run->track_ = track_id;
  TALKBACK_ASSIGN(run->plan_, plan_of(options, run->map_));
  TALKBACK_ASSIGN(run->cue_, cue_mix_of(options.cue));
  run->loops_ = run->plan_.loop.has_value();
  TALKBACK_TRY(run->prepare_sound(api));
  device::StreamOptions stream = wanted;
  stream.rate = rate;
  stream.device = std::to_string(run->device_.number);
  TALKBACK_ASSIGN(run->stream_, run->devices_->open(stream, *run->recording_));
  TALKBACK_TRY(run->begin_capture(track_id));
  return run;
}

RecordingRun::~RecordingRun() = default;

// The own solos and levels, and room on the track for what is being recorded: the old take is heard up to there.
Result<session::Session> RecordingRun::heard(const session::Session& shared) const {
  TALKBACK_ASSIGN(session::Session session, project::heard_with(cue_, shared));
  v1::Edit edit;
  if (session.find(track_) != nullptr)
    project::make_room(edit, session, track_, plan_.from, plan_.takes_end, &replica::new_object_id);
  if (edit.operations_size() > 0) TALKBACK_TRY(session::apply(session, edit));
  return session;
}

Result<void> RecordingRun::prepare_sound(net::Api& api) {
  SessionPlayerOptions player{.start = plan_.start, .rate = rate_, .plays_on = true};
  player.heard = [this](const session::Session& shared) { return heard(shared); };
  TALKBACK_ASSIGN(player_, SessionPlayer::create(context_, api, project_, std::move(player)));
  if (plan_.loop) TALKBACK_TRY(player_->player().set_loop(plan_.loop));
  player_->player().play();
  const TickPosition start = map_.tick_at(plan_.start);
  count_in_click_ = std::make_unique<recorder::Click>(map_, start, start, options_.count_in_bars);
  if (options_.click) {
    const TickPosition last = map_.tick_at(plan_.start + Frames{kClickSecondsMax * rate_.hz});
    song_click_ = std::make_unique<recorder::Click>(map_, TickPosition{0}, last, 0);
  }
  recorder::RecordingOptions recording;
  recording.inputs = options_.inputs;
  recording.channels =
      options_.inputs.empty() ? std::max(options_.channels, 1) : static_cast<int>(options_.inputs.size());
  recording.rate = rate_;
  recording.start = plan_.start;
  recording.count_in = count_in_click_->count_in();
  recording.loop = plan_.loop;
  recording.passes_max = plan_.passes_max;
  recording.end = plan_.end;
  recording.monitor = options_.monitor == "soft" ? recorder::Monitor::soft : recorder::Monitor::off;
  own_peaks_.assign(static_cast<std::size_t>(recording.channels), 0.0F);
  told_peaks_ = own_peaks_;
  recording_ = std::make_unique<Recording>(recording, player_->player(), count_in_click_.get(), song_click_.get());
  return {};
}

Result<void> RecordingRun::begin_capture(ObjectId track) {
  TALKBACK_ASSIGN(const project::Home* home, context_.home());
  TALKBACK_ASSIGN(const project::Credentials signed_in, context_.credentials());
  recorder::CaptureStart start;
  for (const char byte : replica::new_edit_id()) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    start.recording_id += kDigits[static_cast<unsigned char>(byte) >> 4];
    start.recording_id += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  start.server = signed_in.server.text();
  start.user = signed_in.user;
  start.project_id = project_.id();
  start.project = options_.project;
  start.branch_id = project_.branch().branch;
  start.track_id = track.value;
  start.track = options_.track;
  start.rate = rate_;
  start.channels = recording_->options().channels;
  start.device = device_.name;
  start.host_api = device_.host_api;
  start.input_gain_db = options_.input_gain_db;
  start.software = "talkback " TALKBACK_VERSION;
  start.recorded_unix_ms = now_unix_ms();
  start.tempos = tempos_of(project_.session());
  start.signatures.assign(map_.signatures().begin(), map_.signatures().end());
  start.takes_begin = plan_.takes_begin;
  start.takes_end = plan_.takes_end_frame;
  files_ = recorder::name_capture(home->takes(), options_.track, start.recording_id, start.recorded_unix_ms);
  TALKBACK_ASSIGN(recorder::CaptureJournal journal, recorder::CaptureJournal::create(files_.journal, start));
  journal_.emplace(std::move(journal));
  const media::TakeTags tags = recorder::tags_of({.start = start, .events = {}, .upload = {}}, options_.track);
  TALKBACK_ASSIGN(recorder::CaptureFile file, recorder::CaptureFile::create(files_.capture, tags));
  file_.emplace(std::move(file));
  writer_ = std::make_unique<recorder::CaptureWriter>(*recording_, *file_, *journal_);
  begin_sending(tags);
  return {};
}

void RecordingRun::begin_sending(const media::TakeTags& tags) {
  project::TakeUpload::Options upload{
      .project_id = project_.id(),
      .capture = files_.capture,
      .flac = files_.flac,
      .tags = tags,
      .begun = {},
      .on_begun = [this](const recorder::CaptureUpload& begun) { writer_->note(begun); },
      .made = {},
      .on_made = [this](const recorder::CaptureMade& made) { writer_->note(made); },
      .gives_way = [this] { return preview_takes_line_.load(); }};
  upload_ = std::make_unique<project::TakeUpload>(project_.api(), std::move(upload));
  project::TakePreview::Options preview{
      .project_id = project_.id(),
      .capture = files_.capture,
      .opus = files_.opus,
      .channels = recording_->options().channels,
      .rate = rate_,
      .seconds_behind = [this] { return seconds_of(recording_->captured() - upload_->state().on_server, rate_); },
      .takes_line = [this](bool takes) { preview_takes_line_ = takes; }};
  preview_ = std::make_unique<project::TakePreview>(project_.api(), std::move(preview));
}

void RecordingRun::toggle_transport() {
  if (recording_->phase() == Recording::Phase::rolling || recording_->phase() == Recording::Phase::counting_in) {
    player_->player().stop();
    recording_->stop();
    return;
  }
  recording_->hold();
  if (const auto located = player_->player().locate(plan_.start); !located) {
    notes_.push_back(located.error().message);
    return;
  }
  player_->player().play();
  recording_->roll(plan_.start);
}

void RecordingRun::take_key(RecordKey key) {
  const bool rolls =
      recording_->phase() == Recording::Phase::rolling || recording_->phase() == Recording::Phase::counting_in;
  switch (key) {
    case RecordKey::transport:
      toggle_transport();
      break;
    case RecordKey::record:
      recording_->set_records(!rolls || !recording_->is_recording());
      if (!rolls) toggle_transport();
      break;
    case RecordKey::punch:
      recording_->set_records(!recording_->is_recording());
      break;
    case RecordKey::loop:
      if (!plan_.loop) {
        notes_.emplace_back("There is nothing to loop: give --from and --to.");
        break;
      }
      loops_ = !loops_;
      (void)player_->player().set_loop(loops_ ? plan_.loop : std::nullopt);
      recording_->set_loop(loops_ ? plan_.loop : std::nullopt);
      break;
    case RecordKey::mark:
      recording_->cue();
      notes_.push_back("Marked at " + duration_text(seconds_of(recording_->captured(), rate_)));
      break;
    case RecordKey::quit:
      quits_ = true;
      break;
    case RecordKey::no:
      quits_ = quits_ || guest_ != nullptr;
      break;
    case RecordKey::yes:
      break;
  }
}

RecordingStatus RecordingRun::status() {
  RecordingStatus status;
  status.project = options_.project;
  status.track = options_.track;
  status.device = device_.name + ", " + std::to_string(rate_.hz) + " Hz";
  const FramePosition song = recording_->song_position();
  const auto shown = FramePosition{std::max<std::int64_t>(song.count, 0)};
  const timeline::BarBeat at = timeline::bar_beat_at(map_, map_.tick_at(shown));
  status.place = std::to_string(at.bar) + "." + std::to_string(at.beat);
  status.song_seconds = seconds_of(Frames{shown.count}, rate_);
  status.is_recording = recording_->is_recording() && recording_->phase() == Recording::Phase::rolling;
  switch (recording_->phase()) {
    case Recording::Phase::counting_in:
      status.phase = "COUNT-IN";
      break;
    case Recording::Phase::rolling:
      status.phase = status.is_recording ? "RECORDING" : "PLAYING";
      break;
    default:
      status.phase = "STOPPED";
  }
  if (loops_) {
    status.pass = recording_->passes();
    status.passes = plan_.passes_max;
  }
  take_peaks();
  status.peaks = std::exchange(own_peaks_, std::vector<float>(own_peaks_.size(), 0.0F));
  status.clips = recording_->clips();
  status.xruns = recording_->xruns();
  status.lost_seconds = seconds_of(Frames{recording_->lost_frames()}, rate_);
  status.recorded_seconds = seconds_of(recording_->captured(), rate_);
  status.on_disk_seconds = seconds_of(writer_->secured(), rate_);
  const project::TakeUpload::State sent = upload_->state();
  status.on_server_seconds = seconds_of(sent.on_server, rate_);
  if (sent.is_waiting) status.line_trouble = sent.error;
  status.notes = notes_;
  if (guest_ != nullptr) status.ordered_by = guest_->name();
  return status;
}

// The buffer size, which a measured round trip holds for, is known from the first callback on.
void RecordingRun::use_calibration() {
  if (is_calibrated_ || recording_->calls() == 0) return;
  is_calibrated_ = true;
  const project::DeviceKey key{device_.name, device_.host_api, rate_.hz, recording_->buffer_frames()};
  if (const auto measured = settings_->calibration(key))
    recording_->set_latency(project::round_trip_of(*measured, recording_->round_trip(), rate_.hz));
}

void RecordingRun::take_peaks() {
  for (std::size_t c = 0; c < own_peaks_.size(); ++c) {
    const float peak = recording_->take_peak(static_cast<int>(c));
    own_peaks_[c] = std::max(own_peaks_[c], peak);
    told_peaks_[c] = std::max(told_peaks_[c], peak);
  }
}

v1::RecordingStatus::Phase RecordingRun::phase() const {
  switch (recording_->phase()) {
    case Recording::Phase::counting_in:
      return v1::RecordingStatus::COUNTING_IN;
    case Recording::Phase::rolling:
      return recording_->is_recording() ? v1::RecordingStatus::RECORDING : v1::RecordingStatus::PLAYING;
    default:
      return v1::RecordingStatus::STOPPED;
  }
}

void RecordingRun::show_phase(v1::RecordingStatus::Phase phase, const std::string& result) {
  const auto time = std::chrono::steady_clock::now();
  if (phase == told_phase_ && time < presence_due_) return;
  presence_due_ = time + kPresenceEvery;
  told_phase_ = phase;
  show_presence(phase, result);
}

void RecordingRun::show_presence(v1::RecordingStatus::Phase phase, const std::string& result) {
  const FramePosition song{std::max<std::int64_t>(recording_->song_position().count, 0)};
  const bool is_live = phase != v1::RecordingStatus::SENDING && phase != v1::RecordingStatus::DONE;
  const auto ms = [this](Frames frames) { return std::llround(1000.0 * seconds_of(frames, rate_)); };
  v1::PresenceState presence;
  if (is_live) presence.set_recording_track_id(track_.value);
  presence.set_playhead_ticks(map_.tick_at(song).count);
  presence.set_playing(is_live && recording_->phase() == Recording::Phase::rolling);
  v1::RecordingStatus& status = *presence.mutable_recording();
  status.set_track_id(track_.value);
  status.set_phase(phase);
  status.set_song_ticks(presence.playhead_ticks());
  take_peaks();
  for (const float peak : std::exchange(told_peaks_, std::vector<float>(told_peaks_.size(), 0.0F)))
    if (is_live) status.add_peak_dbfs(peak_dbfs(peak));
  status.set_clips(static_cast<std::uint32_t>(recording_->clips()));
  status.set_xruns(static_cast<std::uint32_t>(recording_->xruns()));
  status.set_lost_frames(static_cast<std::uint64_t>(recording_->lost_frames()));
  status.set_recorded_ms(ms(recording_->captured()));
  status.set_on_disk_ms(ms(writer_->secured()));
  const project::TakeUpload::State sent = upload_->state();
  status.set_on_server_ms(ms(sent.on_server));
  if (sent.is_waiting) status.set_line_trouble(short_text(sent.error));
  status.set_result(short_text(result));
  if (guest_ != nullptr) guest_->complete(status);
  project_.show_presence(presence);
}

Result<void> RecordingRun::run() {
  const bool has_end = plan_.has_end();
  context_.terminal.note("Recording on " + device_.name + (has_end ? "." : "; Ctrl+C ends the take."));
  Interrupt interrupt;
  show_phase(phase());
  TALKBACK_TRY(stream_->start());
  bool is_gone = false;
  {
    RecordingView view(options_.plain || context_.terminal.json);
    auto shown = std::chrono::steady_clock::now();
    auto called = shown;
    std::uint64_t calls = 0;
    while (!quits_ && !interrupt.requested() && !writer_->has_failed()) {
      if (recording_->is_complete() && (has_end || !view.is_full_screen())) break;
      const auto time = std::chrono::steady_clock::now();
      if (recording_->calls() != calls) called = time;
      calls = recording_->calls();
      // Some drivers do not tell that they have gone.
      is_gone = !stream_->is_running() || time - called > kSilentDriverMax;
      if (is_gone) break;
      player_->follow(kPoll);
      use_calibration();
      take_peaks();
      show_phase(phase());
      if (guest_ != nullptr && guest_->wants_end()) break;
      while (const auto key = view.key()) take_key(*key);
      const auto now = std::chrono::steady_clock::now();
      if (now - shown < milliseconds(50)) continue;
      shown = now;
      if (view.is_full_screen())
        view.show(status());
      else
        context_.terminal.status(recording_line(status()));
    }
    was_interrupted_ = interrupt.requested();
    // What was sung to the last sound heard is still on its way.
    if (!is_gone && !writer_->has_failed() && !recording_->is_complete()) {
      use_calibration();
      player_->player().stop();
      recording_->stop();
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(recorder::kRoundTripSecondsMax + 1);
      while (recording_->phase() != Recording::Phase::stopped && stream_->is_running() &&
             std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(milliseconds(2));
    }
  }
  ended_at_ = std::chrono::steady_clock::now();
  stream_->stop();
  context_.terminal.end_progress();
  if (is_gone) context_.terminal.warn("the sound card stopped: was it unplugged? What was recorded until then is kept");
  return {};
}

Result<void> RecordingRun::finish() {
  const auto written = writer_->finish();
  TALKBACK_ASSIGN(const recorder::CaptureRecord record, recorder::read_journal(files_.journal));
  upload_->end(recorder::tags_of(record, options_.track), file_->length());
  preview_->end();
  return written;
}

}  // namespace talkback::cli
