// Bringing a MIDI file into a project: each part becomes an instrument track with its SoundFont program; the tempo map
// comes along where the session has none of its own yet.
#pragma once

#include "engine/media/midi_file.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::project {

struct MidiImport {
  v1::Edit edit;
  int tracks = 0;
  int notes = 0;
  bool tempo_map = false;  // tempo and signatures were taken over
};

// name: for parts without a name of their own.
MidiImport import_midi(const session::Session& session, const media::MidiFile& midi, const std::string& name);

}  // namespace talkback::project
