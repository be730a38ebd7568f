// Standard MIDI files (formats 0 and 1): tempo, signatures and, a track and channel each, notes, controllers and system
// exclusive messages.
//
// Positions are in session ticks, converted from the file's division to the nearest tick (exact for every division
// that kTicksPerQuarter names). Damaged tracks are read as far as they make sense. Not by libsmf 1.3: it stops the
// whole program (assert) on some damaged files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/position.hpp"
#include "engine/base/result.hpp"

namespace talkback::media {

// A symphony's score stays far below; larger files are refused.
inline constexpr std::int64_t kMidiFileBytesMax = 64LL << 20;

struct MidiNote {
  TickPosition position;
  Ticks length;  // at least 1
  int pitch = 0;
  int velocity = 1;

  friend bool operator==(const MidiNote&, const MidiNote&) = default;
};

enum class MidiControllerKind { control_change, pitch_bend, channel_pressure, key_pressure, program_change };

struct MidiController {
  TickPosition position;
  MidiControllerKind kind = MidiControllerKind::control_change;
  int number = 0;  // controller number, or the key of key_pressure
  int value = 0;   // pitch_bend: -8192 to 8191

  friend bool operator==(const MidiController&, const MidiController&) = default;
};

// From F0 to F7. A file's go to the first channel that their track plays on, as they name none.
struct MidiSystemExclusive {
  TickPosition position;
  std::vector<std::uint8_t> bytes;

  friend bool operator==(const MidiSystemExclusive&, const MidiSystemExclusive&) = default;
};

// Longer ones are left out: as hexadecimal digits they fill what a session takes.
inline constexpr std::size_t kSystemExclusiveBytesMax = 8'192;

// What one file track plays on one channel.
struct MidiTrack {
  std::string name;
  int channel = 0;  // 0 to 15; 9 plays drums
  int program = 0;  // the first program change, 0 without
  int bank = 0;     // controllers 0 and 32 before it
  std::vector<MidiNote> notes;
  std::vector<MidiController> controllers;
  std::vector<MidiSystemExclusive> exclusives;
};

struct MidiTempo {
  TickPosition position;
  double bpm = 120.0;
};

struct MidiSignature {
  TickPosition position;
  int numerator = 4;
  int denominator = 4;
};

struct MidiFile {
  int division = 480;  // the file's own units in a quarter note
  std::vector<MidiTempo> tempos;
  std::vector<MidiSignature> signatures;
  std::vector<MidiTrack> tracks;  // those with notes or controllers
  Ticks length{};                 // to the last event
  int closed_notes = 0;           // notes that hung at the end of the file and were closed there
  int lost_exclusives = 0;        // too long, cut short, or in a file that plays nothing
};

// Fails with not_found, corrupt (no MIDI file) or invalid (SMPTE time, format 2, too large).
Result<MidiFile> read_midi_file(const std::filesystem::path& path);

}  // namespace talkback::media
