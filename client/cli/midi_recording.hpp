// Recording MIDI onto an instrument track, for `midi record` and whoever records on such a track.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "client/cli/context.hpp"
#include "client/recorder/midi_performance.hpp"

namespace talkback::cli {

struct MidiRecordOptions {
  std::string project;
  std::string track;
  std::string input;  // MIDI port by name or number; empty: the only one
  std::int64_t from_bar = 1;
  std::int64_t to_bar = 0;  // 0: until Ctrl+C
  int count_in_bars = 0;
  bool click = false;
  int passes = 1;
  bool monitor = true;
  std::string device;  // sound card
};

// Plays the song, records, and puts the clips into the project. What was played is on this machine's disk at most
// 250 ms after it was; where the project cannot be reached the message tells how to go on.
Result<void> record_midi(Context& context, const MidiRecordOptions& options);

// Of journals, in the folder of takes.
inline constexpr const char* kMidiTakeEnding = ".midi-take";

// What a performance's journal says about it (midi_journal.hpp).
namespace fact {
inline constexpr const char* kProject = "project";       // id
inline constexpr const char* kBranch = "branch";         // id
inline constexpr const char* kTrack = "track";           // id
inline constexpr const char* kTrackName = "track_name";  // as it was
inline constexpr const char* kPerformer = "performer";
inline constexpr const char* kDevice = "device";
inline constexpr const char* kRecorded = "recorded_unix_ms";
inline constexpr const char* kBegin = "begin_ticks";
inline constexpr const char* kEnd = "end_ticks";  // absent: open
inline constexpr const char* kLatency = "latency_frames";
inline constexpr const char* kSoftware = "software";
}  // namespace fact

// A performance that is to become clips.
struct MidiPerformance {
  std::map<std::string, std::string> facts;
  std::vector<recorder::MidiEntry> entries;
  std::string name;  // of its journal: the same performance is stored once
};

struct StoredMidi {
  std::string summary;
  int clips = 0;
  int notes = 0;
  int controllers = 0;
  int exclusives = 0;
  int closed_notes = 0;
  std::uint64_t revision = 0;
  bool is_waiting = false;  // on this machine, for the server
};

// The track of a name, or the one that the facts name. Fails with not_found, naming those there are.
Result<const v1::Object*> find_instrument_track(const session::Session& session, const std::string& name);

// As clips on the track. No clips where nothing was played.
Result<StoredMidi> store_midi(project::OpenProject& project, const v1::Object& track,
                              const MidiPerformance& performance);

// "2 clips, 31 notes, 4 controllers", as far as there are any.
std::string text_of(const StoredMidi& stored);

}  // namespace talkback::cli
