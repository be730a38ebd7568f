// What was played on a keyboard while the song was played, once or in passes: from messages at places of the song to
// notes, controllers and system exclusive messages.
//
// Notes that hang are closed: where the pass ends, where the port was lost, where their key is struck again, and at the
// last known moment of a recording that was cut off. A pedal that is down where the port is lost is lifted.
//
// A pass begins with what controllers were set to before. Its clip begins at the pass's start; the first pass's an
// eighth earlier, where somebody came in so early. Notes before that belong to nobody, but for those that are held into
// the clip: they begin with it. Channels are not kept: a track has one instrument.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/position.hpp"
#include "engine/media/midi_file.hpp"

namespace talkback::recorder {

// One entry of a performance, as its journal keeps it.
struct MidiEntry {
  enum class Kind : std::uint8_t {
    message = 1,  // bytes: a whole channel message, or system exclusive
    moment = 2,   // nothing happened until here
    loss = 3,     // of the port
  };
  Kind kind = Kind::message;
  int pass = 0;
  TickPosition at;  // in the song; before the start in the lead-in
  std::vector<std::uint8_t> bytes;

  friend bool operator==(const MidiEntry&, const MidiEntry&) = default;
};

struct MidiPass {
  int number = 0;
  TickPosition begin;
  Ticks length;
  // Positions are the song's.
  std::vector<media::MidiNote> notes;
  std::vector<media::MidiController> controllers;
  std::vector<media::MidiSystemExclusive> exclusives;
  int closed_notes = 0;
};

struct MidiStretch {
  TickPosition begin;
  std::optional<TickPosition> end;  // nullopt: where the last entry lies
};

inline constexpr Ticks kEarly{kTicksPerQuarter / 2};

// entries: in the order in which they came. Passes in which nothing was played are left out.
std::vector<MidiPass> passes_of(std::span<const MidiEntry> entries, const MidiStretch& stretch);

}  // namespace talkback::recorder
