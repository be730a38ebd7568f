// A keyboard that is heard while something plays: it sounds through a track, and what is played is remembered for
// `midi capture`.
#pragma once

#include <memory>
#include <string>

#include "client/cli/context.hpp"
#include "client/device/midi_device.hpp"
#include "client/recorder/backing.hpp"
#include "client/recorder/midi_history.hpp"
#include "client/recorder/midi_recorder.hpp"

namespace talkback::cli {

// What is kept of every run that hears a keyboard.
namespace heard_fact {
inline constexpr const char* kDevice = "device";
inline constexpr const char* kBegan = "began_unix_ms";
// Of the song that played along; absent where none did.
inline constexpr const char* kProject = "project";
inline constexpr const char* kBranch = "branch";
}  // namespace heard_fact

// The folder of what was heard.
std::filesystem::path history_folder(const project::Home& home);

// A history that a new run writes; facts: besides device and beginning.
recorder::MidiHistory begin_history(const project::Home& home, const device::MidiPort& port, recorder::Facts facts);

// Writes messages into a history until that fails, which is told once: playing goes on.
class HistoryWriter {
 public:
  HistoryWriter(Terminal& terminal, recorder::MidiHistory history)
      : terminal_(terminal), history_(std::move(history)) {}
  // units_per_second: of the message's clock.
  void write(const device::MidiMessage& message, std::int64_t units_per_second, std::optional<TickPosition> place);

 private:
  Terminal& terminal_;
  recorder::MidiHistory history_;
  bool has_failed_ = false;
};

struct ListeningOptions {
  std::string input;          // MIDI port by name or number; empty: the only one
  std::string track;          // through which it sounds; empty: it does not
  bool is_jack_card = false;  // the sound card is JACK's
  bool song_plays = false;    // places in the song are known
  recorder::SongSpan span;    // of what plays
  SampleRate rate{};
};

class MidiListening {
 public:
  // project, backing: outlive it.
  static Result<std::unique_ptr<MidiListening>> create(Context& context, const project::OpenProject& project,
                                                       recorder::Backing& backing, const ListeningOptions& options);

  // For the sound card, which stops before this is destroyed.
  device::StreamCallback& callback() noexcept { return *recorder_; }
  // Every few ten milliseconds.
  void service();
  // When the stream has stopped.
  Result<void> finish() { return recorder_->finish(); }

  int notes() const noexcept { return recorder_->notes(); }
  const std::string& port() const noexcept { return port_.name; }
  int xruns() const noexcept { return recorder_->xruns(); }

 private:
  explicit MidiListening(Context& context) : context_(context) {}

  Context& context_;
  device::MidiPort port_;
  std::unique_ptr<media::SourceLibrary> library_;
  std::unique_ptr<realtime::LiveTrack> live_;
  std::unique_ptr<HistoryWriter> history_;
  std::unique_ptr<recorder::MidiRecorder> recorder_;
  std::unique_ptr<device::MidiInput> input_;
  bool was_connected_ = true;
};

}  // namespace talkback::cli
