#include "client/cli/midi_listening.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "client/cli/heard_session.hpp"
#include "client/cli/midi_recording.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::cli {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

std::int64_t in_nanoseconds(std::int64_t units, std::int64_t units_per_second) {
  return units / units_per_second * kNanoseconds + units % units_per_second * kNanoseconds / units_per_second;
}

}  // namespace

std::filesystem::path history_folder(const project::Home& home) { return home.folder() / "midi"; }

recorder::MidiHistory begin_history(const project::Home& home, const device::MidiPort& port, recorder::Facts facts) {
  const std::filesystem::path folder = history_folder(home);
  recorder::forget_old_runs(folder);
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  facts[heard_fact::kDevice] = port.name;
  facts[heard_fact::kBegan] = std::to_string(now);
  char run[48];
  std::snprintf(run, sizeof run, "%015lld-%d", static_cast<long long>(now), static_cast<int>(::getpid()));
  return {folder, run, std::move(facts)};
}

void HistoryWriter::write(const device::MidiMessage& message, std::int64_t units_per_second,
                          std::optional<TickPosition> place) {
  if (has_failed_) return;
  const auto written = history_.append({in_nanoseconds(message.time, units_per_second), place, message.bytes});
  if (written) return;
  has_failed_ = true;
  terminal_.warn("what is played is not remembered: " + written.error().message);
}

Result<std::unique_ptr<MidiListening>> MidiListening::create(Context& context, const project::OpenProject& project,
                                                             recorder::Backing& backing,
                                                             const ListeningOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  std::unique_ptr<MidiListening> result(new MidiListening(context));
  const auto midi = device::open_midi();
  TALKBACK_ASSIGN(result->port_, device::choose_port(midi->list(), options.input, midi->hindrances()));
  if (!options.track.empty()) {
    TALKBACK_ASSIGN(const v1::Object* track, find_instrument_track(project.session(), options.track));
    TALKBACK_ASSIGN(const project::MediaFolder media, project::MediaFolder::open(*home));
    TALKBACK_ASSIGN(const session::Session session, fetch_hearable(context, media, project));
    result->library_ = std::make_unique<media::SourceLibrary>(media.lookup(), media.cache());
    graph::CompileOptions compile;
    compile.sample_rate_hz = options.rate.hz;
    TALKBACK_ASSIGN(result->live_,
                    realtime::LiveTrack::create(session, session::id_of(*track),
                                                options.span.start - options.span.lead_in, compile, *result->library_));
  }
  recorder::Facts facts;
  if (options.song_plays)
    facts = {{heard_fact::kProject, project.id()}, {heard_fact::kBranch, project.branch().branch}};
  result->history_ =
      std::make_unique<HistoryWriter>(context.terminal, begin_history(*home, result->port_, std::move(facts)));
  const timeline::TempoMap map = session::tempo_map(project.session(), options.rate);
  // The input, whose clock it asks, is there before anything is heard.
  const auto hear = [raw = result.get(), plays = options.song_plays](const device::MidiMessage& message,
                                                                     const recorder::MidiEntry& entry) {
    raw->history_->write(message, raw->input_->clock().units_per_second,
                         plays ? std::optional(entry.at) : std::nullopt);
  };
  result->recorder_ = std::make_unique<recorder::MidiRecorder>(recorder::MidiSong{options.span, map}, backing, nullptr,
                                                               result->live_.get(), hear);
  TALKBACK_ASSIGN(result->input_,
                  midi->open({std::to_string(result->port_.number), options.is_jack_card}, *result->recorder_));
  result->recorder_->listen(*result->input_);
  return result;
}

void MidiListening::service() {
  input_->service();
  const bool is_connected = input_->is_connected();
  if (was_connected_ && !is_connected)
    context_.terminal.warn("\"" + port_.name + "\" has gone; it is heard again when it is back");
  was_connected_ = is_connected;
}

}  // namespace talkback::cli
