#include "client/cli/midi_listen.hpp"
#include "client/device/file_device.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "client/cli/interrupt.hpp"
#include "client/cli/midi_listening.hpp"
#include "client/cli/midi_recording.hpp"
#include "client/cli/sound_card.hpp"
#include "engine/session/tempo.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

constexpr std::chrono::milliseconds kPoll{20};

// Without a sound card: the port's thread hands over, this program's writes.
class QueueSink final : public device::MidiSink {
 public:
  void receive(std::span<const std::uint8_t> bytes, std::int64_t time) noexcept override { queue.push(bytes, time); }
  void lose(std::int64_t time) noexcept override { queue.push_loss(time); }

  device::MidiQueue queue;
};

Result<void> end_listening(Context& context, int notes, const std::string& port) {
  context.terminal.end_progress();
  context.terminal.line("Heard " + std::to_string(notes) + " notes of " + port +
                        ". The last five minutes go into a song with: talkback midi capture PROJECT --track TRACK");
  if (context.terminal.json) context.terminal.print_json({{"device", port}, {"notes", notes}});
  return {};
}

void show(Context& context, int notes) {
  context.terminal.status("Listening, " + std::to_string(notes) + " notes so far");
}

// Nothing sounds; what is played is remembered.
Result<void> listen_only(Context& context, const MidiListenOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  const auto midi = device::open_midi();
  auto sink = std::make_unique<QueueSink>();
  TALKBACK_ASSIGN(const auto input, midi->open({options.input, true}, *sink));
  HistoryWriter history(context.terminal, begin_history(*home, input->port(), {}));
  device::MidiAssembler assembler;
  int notes = 0;
  const Interrupt interrupt;
  context.terminal.note("Listening to " + input->port().name + "; Ctrl+C ends.");
  while (!interrupt.requested()) {
    input->service();
    while (const auto arrival = sink->queue.pop()) {
      if (arrival->is_loss) {
        assembler.reset();
        history.write({arrival->time, {}}, input->clock().units_per_second, std::nullopt);
        context.terminal.warn("\"" + input->port().name + "\" has gone; it is heard again when it is back");
      }
      assembler.feed(arrival->bytes, arrival->time, [&](const device::MidiMessage& message) {
        if ((message.bytes[0] & 0xf0) == 0x90 && message.bytes[2] > 0) ++notes;
        history.write(message, input->clock().units_per_second, std::nullopt);
      });
    }
    show(context, notes);
    std::this_thread::sleep_for(kPoll);
  }
  return end_listening(context, notes, input->port().name);
}

// Through a track of the project, on the sound card.
Result<void> listen_through(Context& context, const MidiListenOptions& options) {
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  TALKBACK_ASSIGN(const auto devices, device::open_devices());
  device::StreamOptions stream_options{options.device, 0, 2, session::sample_rate_of(project->session())};
  TALKBACK_ASSIGN(const device::DeviceInfo card, choose_card(context, *devices, stream_options));
  stream_options.rate = SampleRate{card.rate_hz};
  ListeningOptions listening;
  listening.input = options.input;
  listening.track = options.track;
  listening.is_jack_card = card.host_api == "JACK";
  listening.rate = stream_options.rate;
  recorder::NoBacking backing;
  TALKBACK_ASSIGN(const auto keys, MidiListening::create(context, *project, backing, listening));
  TALKBACK_ASSIGN(const auto stream, devices->open(stream_options, keys->callback()));
  TALKBACK_TRY(stream->start());
  const Interrupt interrupt;
  context.terminal.note("Listening to " + keys->port() + ", played on " + card.name + " as " + options.track +
                        "; Ctrl+C ends.");
  while (stream->is_running() && !interrupt.requested()) {
    keys->service();
    show(context, keys->notes());
    std::this_thread::sleep_for(kPoll);
  }
  stream->stop();
  TALKBACK_TRY(keys->finish());
  return end_listening(context, keys->notes(), keys->port());
}

std::string heard_text(const recorder::HeardRun& run, const char* name) {
  const auto found = run.facts.find(name);
  return found == run.facts.end() ? "" : found->second;
}

bool strikes(const recorder::HeardMessage& message) {
  return message.bytes.size() > 2 && (message.bytes[0] & 0xf0) == 0x90 && message.bytes[2] > 0;
}

// What was heard, as a performance in the song: with the places that it was played at, or from a place on, by the
// times between.
struct Captured {
  std::vector<recorder::MidiEntry> entries;
  TickPosition begin;
  bool was_with_song = false;
};

Captured place(const recorder::HeardRun& run, const timeline::TempoMap& map, std::int64_t bar, bool with_song) {
  Captured captured;
  captured.was_with_song = with_song;
  const auto first = std::ranges::find_if(run.messages, &strikes);
  if (with_song) {
    // From the beginning of the bar, as it was heard.
    captured.begin =
        timeline::tick_of_bar(map, timeline::bar_beat_at(map, std::max(*first->place, TickPosition{0})).bar);
  } else {
    captured.begin = timeline::tick_of_bar(map, std::max<std::int64_t>(bar, 1));
  }
  const FramePosition begin = map.frame_at(captured.begin);
  for (const recorder::HeardMessage& message : run.messages) {
    const double seconds = static_cast<double>(message.time_ns - first->time_ns) * 1e-9;
    const TickPosition at =
        with_song ? *message.place : map.tick_at(begin + Frames{std::llround(seconds * map.rate().hz)});
    const auto kind = message.bytes.empty() ? recorder::MidiEntry::Kind::loss : recorder::MidiEntry::Kind::message;
    captured.entries.push_back({kind, 0, at, message.bytes});
  }
  return captured;
}

// As `options` ask for. Fails with not_found where no note is left.
Result<recorder::HeardRun> heard(const project::Home& home, const MidiCaptureOptions& options) {
  TALKBACK_ASSIGN(recorder::HeardRun run, recorder::read_last_run(history_folder(home)));
  if (options.seconds > 0.0) {
    const std::int64_t begin = run.messages.back().time_ns - std::llround(options.seconds * 1e9);
    std::erase_if(run.messages, [&](const recorder::HeardMessage& message) { return message.time_ns < begin; });
  }
  if (std::ranges::none_of(run.messages, &strikes))
    return Error{ErrorCode::not_found, "no note was played in that time"};
  return run;
}

}  // namespace

Result<void> listen_midi(Context& context, const MidiListenOptions& options) {
  if (options.project.empty() != options.track.empty())
    return Error{ErrorCode::invalid, "to hear the keyboard, give a project and its instrument track with --track"};
  return options.project.empty() ? listen_only(context, options) : listen_through(context, options);
}

Result<void> capture_midi(Context& context, const MidiCaptureOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const project::Credentials signed_in, context.credentials());
  TALKBACK_ASSIGN(const recorder::HeardRun run, heard(*home, options));
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  TALKBACK_ASSIGN(const v1::Object* track, find_instrument_track(project->session(), options.track));
  // Places count where it was this song that played along.
  const bool with_song =
      options.bar == 0 && heard_text(run, heard_fact::kProject) == project->id() &&
      heard_text(run, heard_fact::kBranch) == project->branch().branch &&
      std::ranges::all_of(run.messages, [](const auto& message) { return message.place.has_value(); });
  const timeline::TempoMap map = session::tempo_map(project->session());
  const Captured captured = place(run, map, options.bar, with_song);
  MidiPerformance performance;
  performance.entries = captured.entries;
  // What is captured twice is two clips: each capture has a name of its own.
  performance.name = run.name + "-" + to_string(replica::new_object_id());
  performance.facts = {{fact::kPerformer, signed_in.user},
                       {fact::kDevice, heard_text(run, heard_fact::kDevice)},
                       {fact::kRecorded, heard_text(run, heard_fact::kBegan)},
                       {fact::kSoftware, "talkback " TALKBACK_VERSION},
                       {fact::kBegin, std::to_string(captured.begin.count)}};
  TALKBACK_ASSIGN(const StoredMidi stored, store_midi(*project, *track, performance));
  const double seconds = static_cast<double>(run.messages.back().time_ns - run.messages.front().time_ns) * 1e-9;
  const std::string at = timeline::to_text(map, captured.begin);
  context.terminal.line(stored.summary + ": " + text_of(stored) + ", the last " + duration_text(seconds) + ", at bar " +
                        at + (with_song ? ", where the song was" : "") + ".");
  if (context.terminal.json)
    context.terminal.print_json({{"summary", stored.summary},
                                 {"notes", stored.notes},
                                 {"controllers", stored.controllers},
                                 {"system_exclusives", stored.exclusives},
                                 {"seconds", seconds},
                                 {"position", at},
                                 {"with_song", with_song},
                                 {"device", heard_text(run, heard_fact::kDevice)},
                                 {"revision", stored.revision},
                                 {"waiting", stored.is_waiting}});
  return {};
}

}  // namespace talkback::cli
