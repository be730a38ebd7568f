#include "client/cli/midi_recording.hpp"

#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "client/cli/interrupt.hpp"
#include "client/cli/looped_song.hpp"
#include "client/cli/midi_listening.hpp"
#include "client/cli/offline_edit.hpp"
#include "client/cli/sound_card.hpp"
#include "client/device/file_device.hpp"
#include "client/project/midi_clip.hpp"
#include "client/recorder/midi_recorder.hpp"
#include "engine/session/routing.hpp"
#include "engine/session/tempo.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

constexpr std::chrono::milliseconds kPoll{20};
// Of the click along, where no end is given.
constexpr std::int64_t kClickSeconds = 3'600;

std::int64_t number_of(const std::map<std::string, std::string>& facts, const char* name) {
  const auto found = facts.find(name);
  return found == facts.end() ? 0 : std::atoll(found->second.c_str());
}

std::string text_of(const std::map<std::string, std::string>& facts, const char* name) {
  const auto found = facts.find(name);
  return found == facts.end() ? "" : found->second;
}

std::string counted(int count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Everything that a recording runs on, in the order in which it is taken down again, last first.
struct Studio {
  SampleRate rate{};
  recorder::SongSpan span;
  std::unique_ptr<device::AudioDevices> devices;
  std::unique_ptr<LoopedSong> song;
  std::optional<recorder::ReadAheadBacking> backing;
  std::unique_ptr<realtime::LiveTrack> live;
  std::optional<recorder::MidiJournal> journal;
  std::optional<HistoryWriter> history;
  std::unique_ptr<recorder::MidiRecorder> recorder;
  std::unique_ptr<device::MidiInput> input;
  std::unique_ptr<device::AudioStream> stream;
};

// Writes the facts into the journal as well.
Result<void> note_facts(MidiPerformance& performance, recorder::MidiJournal& journal,
                        std::map<std::string, std::string> facts) {
  for (const auto& [name, value] : facts) TALKBACK_TRY(journal.append_fact(name, value));
  performance.facts = std::move(facts);
  return journal.sync();
}

class Recording {
 public:
  Recording(Context& context, const MidiRecordOptions& options, project::OpenProject& project, const v1::Object& track)
      : context_(context), options_(options), project_(project), track_(track) {}

  Result<void> prepare(const std::string& user) {
    TALKBACK_ASSIGN(studio_.devices, device::open_devices());
    device::StreamOptions stream_options{options_.device, 0, 2, session::sample_rate_of(project_.session())};
    TALKBACK_ASSIGN(const device::DeviceInfo card, choose_card(context_, *studio_.devices, stream_options));
    // The song is made at the card's rate: nothing has to convert.
    studio_.rate = stream_options.rate = SampleRate{card.rate_hz};
    const auto midi = device::open_midi();
    TALKBACK_ASSIGN(const device::MidiPort port, device::choose_port(midi->list(), options_.input, midi->hindrances()));
    const timeline::TempoMap map = session::tempo_map(project_.session(), studio_.rate);
    TALKBACK_TRY(make_song(map));
    if (options_.monitor) TALKBACK_TRY(make_live());
    TALKBACK_TRY(make_journal(user, port.name));
    studio_.backing.emplace(studio_.song->ahead());
    TALKBACK_TRY(make_history(port));
    // What is played in a loop has several places in the song: none is kept of it.
    const auto hear = [this](const device::MidiMessage& message, const recorder::MidiEntry& entry) {
      studio_.history->write(message, studio_.input->clock().units_per_second,
                             options_.passes > 1 ? std::nullopt : std::optional(entry.at));
    };
    studio_.recorder = std::make_unique<recorder::MidiRecorder>(recorder::MidiSong{studio_.span, map}, *studio_.backing,
                                                                &*studio_.journal, studio_.live.get(), hear);
    TALKBACK_ASSIGN(studio_.input,
                    midi->open({std::to_string(port.number), card.host_api == "JACK"}, *studio_.recorder));
    studio_.recorder->listen(*studio_.input);
    TALKBACK_ASSIGN(studio_.stream, studio_.devices->open(stream_options, *studio_.recorder));
    context_.terminal.note("Recording " + port.name + ", played on " + card.name +
                           (options_.to_bar > 0 ? "" : "; Ctrl+C ends it") + ".");
    return {};
  }

  // Until all passes are played or the performer ends it. What was played is safe on the disk when this returns.
  Result<void> run() {
    recorder::MidiRecorder& recorder = *studio_.recorder;
    const Interrupt interrupt;
    TALKBACK_TRY(studio_.stream->start());
    bool was_connected = true;
    while (!recorder.is_done() && !interrupt.requested() && studio_.stream->is_running()) {
      studio_.input->service();
      const bool is_connected = studio_.input->is_connected();
      if (was_connected && !is_connected)
        context_.terminal.warn("\"" + studio_.input->port().name +
                               "\" has gone; notes that were held end here. Recording goes on, and hears it again when "
                               "it is back");
      was_connected = is_connected;
      context_.terminal.status("Recording " + duration_text(seconds_of(recorder.played(), studio_.rate)) + ", " +
                               counted(recorder.notes(), "note") + ", xruns " + std::to_string(recorder.xruns()));
      std::this_thread::sleep_for(kPoll);
    }
    const bool is_gone = !studio_.stream->is_running() && !recorder.is_done() && !interrupt.requested();
    studio_.stream->stop();
    context_.terminal.end_progress();
    TALKBACK_TRY(recorder.finish());
    if (is_gone) context_.terminal.warn("the sound card stopped; what was played until then is kept");
    tell_faults();
    performance_.entries = recorder.entries();
    performance_.facts[fact::kLatency] = std::to_string(recorder.compensation().count);
    return {};
  }

  // Nothing was recorded yet.
  void discard() {
    std::error_code ignored;
    if (studio_.journal) std::filesystem::remove(studio_.journal->path(), ignored);
  }

  const MidiPerformance& performance() const noexcept { return performance_; }
  const std::filesystem::path& journal() const noexcept { return studio_.journal->path(); }
  const recorder::MidiRecorder& recorder() const noexcept { return *studio_.recorder; }
  std::string port() const { return studio_.input->port().name; }

 private:
  Result<void> make_song(const timeline::TempoMap& map) {
    const TickPosition from = timeline::tick_of_bar(map, options_.from_bar);
    begin_ = from;
    recorder::SongSpan& span = studio_.span;
    span.start = map.frame_at(from);
    span.passes = options_.passes;
    if (options_.to_bar > 0) {
      end_ = timeline::tick_of_bar(map, options_.to_bar);
      span.length = map.frame_at(*end_) - span.start;
    }
    const TickPosition until = end_.value_or(map.tick_at(span.start + Frames{kClickSeconds * studio_.rate.hz}));
    recorder::Click click(map, from, options_.click ? until : from, options_.count_in_bars);
    span.lead_in = click.count_in();
    TALKBACK_ASSIGN(studio_.song, LoopedSong::create(context_, project_, studio_.rate, span, std::move(click)));
    return {};
  }

  Result<void> make_live() {
    graph::CompileOptions compile;
    compile.sample_rate_hz = studio_.rate.hz;
    auto live =
        realtime::LiveTrack::create(project_.session(), session::id_of(track_),
                                    studio_.span.start - studio_.span.lead_in, compile, studio_.song->library());
    // Without a line to the server its SoundFont may be missing; what is played is recorded all the same.
    if (!live && live.error().code != ErrorCode::not_found) return live.error();
    if (live)
      studio_.live = *std::move(live);
    else
      context_.terminal.warn("the keyboard is not heard through the track: " + live.error().message);
    return {};
  }

  Result<void> make_journal(const std::string& user, const std::string& port) {
    TALKBACK_ASSIGN(const project::Home* home, context_.home());
    const std::int64_t now =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    performance_.name = project_.id() + "-" + std::to_string(now) + "-" + std::to_string(::getpid());
    TALKBACK_ASSIGN(recorder::MidiJournal journal,
                    recorder::MidiJournal::create(home->takes() / (performance_.name + kMidiTakeEnding)));
    studio_.journal.emplace(std::move(journal));
    std::map<std::string, std::string> facts{{fact::kProject, project_.id()},
                                             {fact::kBranch, project_.branch().branch},
                                             {fact::kTrack, to_string(session::id_of(track_))},
                                             {fact::kTrackName, track_.track().name()},
                                             {fact::kPerformer, user},
                                             {fact::kDevice, port},
                                             {fact::kRecorded, std::to_string(now)},
                                             {fact::kSoftware, "talkback " TALKBACK_VERSION},
                                             {fact::kBegin, std::to_string(begin_.count)}};
    if (end_) facts[fact::kEnd] = std::to_string(end_->count);
    return note_facts(performance_, *studio_.journal, std::move(facts));
  }

  // What is played is remembered beside, as it is while listening: also what no clip holds.
  Result<void> make_history(const device::MidiPort& port) {
    TALKBACK_ASSIGN(const project::Home* home, context_.home());
    studio_.history.emplace(context_.terminal, begin_history(*home, port,
                                                             {{heard_fact::kProject, project_.id()},
                                                              {heard_fact::kBranch, project_.branch().branch}}));
    return {};
  }

  void tell_faults() const {
    const recorder::MidiRecorder& recorder = *studio_.recorder;
    if (const auto failed = studio_.song->ahead().error())
      context_.terminal.warn("the playback stopped: " + failed->message);
    if (studio_.song->ahead().late_frames() > 0)
      context_.terminal.warn("the playback had gaps; what was played lies where it was heard");
    if (recorder.lost_messages() > 0)
      context_.terminal.warn(std::to_string(recorder.lost_messages()) + " MIDI messages came too fast and were lost");
    if (recorder.dropped() > 0)
      context_.terminal.warn(std::to_string(recorder.dropped()) + " pieces of what came in were no MIDI messages");
  }

  Context& context_;
  const MidiRecordOptions& options_;
  project::OpenProject& project_;
  const v1::Object& track_;
  TickPosition begin_;
  std::optional<TickPosition> end_;
  MidiPerformance performance_;
  Studio studio_;
};

// Takes what others did meanwhile; joins again where the connection ended.
Result<void> hear_others(project::OpenProject& project) {
  auto heard = project.pump(std::chrono::milliseconds(0));
  while (heard && !heard->empty()) heard = project.pump(std::chrono::milliseconds(0));
  if (!heard) return project.join();
  return {};
}

}  // namespace

Result<const v1::Object*> find_instrument_track(const session::Session& session, const std::string& name) {
  std::string names;
  for (const v1::Object* track : session::all_tracks(session)) {
    if (track->track().kind() != v1::Track::INSTRUMENT) continue;
    if (track->track().name() == name || to_string(session::id_of(*track)) == name) return track;
    names += (names.empty() ? "" : ", ") + track->track().name();
  }
  return Error{ErrorCode::not_found, "there is no instrument track \"" + name + "\"" +
                                         (names.empty() ? "" : "; there are " + names) +
                                         ". Add one with: talkback edit PROJECT \"+session.track name=\\\"" + name +
                                         "\\\" kind=instrument\" \"+" + name + ".electric_piano\""};
}

Result<StoredMidi> store_midi(project::OpenProject& project, const v1::Object& track,
                              const MidiPerformance& performance) {
  const auto& facts = performance.facts;
  recorder::MidiStretch stretch{TickPosition{number_of(facts, fact::kBegin)}, std::nullopt};
  if (facts.contains(fact::kEnd)) stretch.end = TickPosition{number_of(facts, fact::kEnd)};
  const std::vector<recorder::MidiPass> passes = recorder::passes_of(performance.entries, stretch);
  StoredMidi stored;
  if (passes.empty()) return stored;
  for (const recorder::MidiPass& pass : passes) {
    ++stored.clips;
    stored.notes += static_cast<int>(pass.notes.size());
    stored.controllers += static_cast<int>(pass.controllers.size());
    stored.exclusives += static_cast<int>(pass.exclusives.size());
    stored.closed_notes += pass.closed_notes;
  }
  const project::MidiOrigin origin{text_of(facts, fact::kPerformer), text_of(facts, fact::kDevice),
                                   number_of(facts, fact::kRecorded), text_of(facts, fact::kSoftware),
                                   Frames{number_of(facts, fact::kLatency)}};
  for (v1::Edit& edit : project::clip_edits(project.session(), track, passes, origin, performance.name)) {
    if (stored.summary.empty()) stored.summary = edit.summary();
    const auto outcome = project.submit_and_wait(std::move(edit));
    if (outcome) {
      stored.revision = outcome->revision;
      continue;
    }
    // Kept on this machine and sent with the next connection, as any edit.
    if (outcome.error().code != ErrorCode::unavailable) return outcome.error();
    stored.is_waiting = true;
  }
  return stored;
}

std::string text_of(const StoredMidi& stored) {
  std::string text = counted(stored.notes, "note");
  if (stored.clips > 1) text = counted(stored.clips, "clip") + ", " + text;
  if (stored.controllers > 0) text += ", " + counted(stored.controllers, "controller");
  if (stored.exclusives > 0) text += ", " + counted(stored.exclusives, "system exclusive message");
  if (stored.closed_notes > 0) text += "; " + counted(stored.closed_notes, "note") + " ended with the recording";
  return text;
}

Result<void> record_midi(Context& context, const MidiRecordOptions& options) {
  if (options.to_bar > 0 && options.to_bar <= options.from_bar)
    return Error{ErrorCode::invalid, "--to must be a bar behind --from"};
  if (options.passes > 1 && options.to_bar == 0)
    return Error{ErrorCode::invalid, "--loop needs --to, the bar before which every pass ends"};
  TALKBACK_ASSIGN(const project::Credentials signed_in, context.credentials());
  TALKBACK_ASSIGN(const EditableProject editable, open_for_edit(context, options.project));
  const std::unique_ptr<project::OpenProject>& project = editable.project;
  TALKBACK_ASSIGN(const v1::Object* found, find_instrument_track(project->session(), options.track));
  // The session's own may go when others edit.
  const v1::Object track = *found;
  v1::PresenceState presence;
  presence.set_recording_track_id(track.id());
  project->show_presence(presence);
  Recording recording(context, options, *project, track);
  if (const auto prepared = recording.prepare(signed_in.user); !prepared) {
    recording.discard();
    return prepared.error();
  }
  const auto safe = [&](const Error& error) {
    return Error{error.code, error.message + ". What was played is safe in " + recording.journal().string() +
                                 "; put it into the project with: talkback midi recover"};
  };
  if (const auto run = recording.run(); !run) return safe(run.error());
  if (const auto caught_up = editable.offline ? Result<void>{} : hear_others(*project); !caught_up)
    return safe(caught_up.error());
  const auto track_now = find_instrument_track(project->session(), to_string(session::id_of(track)));
  if (!track_now) return safe(track_now.error());
  const auto stored = store_midi(*project, **track_now, recording.performance());
  if (!stored) return safe(stored.error());
  std::error_code ignored;
  std::filesystem::remove(recording.journal(), ignored);
  const std::int64_t latency = recording.recorder().compensation().count;
  if (stored->clips == 0)
    context.terminal.line("Nothing was played; the song is as it was.");
  else
    context.terminal.line(stored->summary + ": " + text_of(*stored) + ", " + std::to_string(latency) +
                          " frames of latency taken off, " +
                          (stored->is_waiting ? "kept here until the server is reached." : "safe on the server."));
  if (context.terminal.json)
    context.terminal.print_json({{"summary", stored->summary},
                                 {"clips", stored->clips},
                                 {"notes", stored->notes},
                                 {"controllers", stored->controllers},
                                 {"system_exclusives", stored->exclusives},
                                 {"closed_notes", stored->closed_notes},
                                 {"latency_frames", latency},
                                 {"lost_messages", recording.recorder().lost_messages()},
                                 {"xruns", recording.recorder().xruns()},
                                 {"losses", recording.recorder().losses()},
                                 {"revision", stored->revision},
                                 {"waiting", stored->is_waiting},
                                 {"device", recording.port()}});
  return {};
}

}  // namespace talkback::cli
