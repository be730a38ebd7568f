// Notes, controllers and system exclusive messages as objects of a session: of a MIDI file's parts, and of what was
// recorded.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "client/recorder/midi_performance.hpp"
#include "engine/media/midi_file.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::project {

// What a MIDI clip plays. Positions count from `origin`.
struct MidiContent {
  std::span<const media::MidiNote> notes;
  std::span<const media::MidiController> controllers;
  std::span<const media::MidiSystemExclusive> exclusives;
  TickPosition origin;
};

// As operations that create children of the clip. new_id: of each object.
std::vector<v1::Operation> content_operations(ObjectId clip, const MidiContent& content,
                                              const std::function<ObjectId()>& new_id);

// Who played it, on what, when, and with what.
struct MidiOrigin {
  std::string performer;
  std::string device;
  std::int64_t recorded_unix_ms = 0;
  std::string software;
  Frames latency{};
};

// The passes as clips on an instrument track, each named after the track and numbered; all but the last are muted. As
// many edits as the bounds of one ask for: they belong together, and the first holds the clips. Ids hang on `seed`
// alone: what is made of one performance twice, after a crash, is the same edits, and is applied once.
std::vector<v1::Edit> clip_edits(const session::Session& session, const v1::Object& track,
                                 const std::vector<recorder::MidiPass>& passes, const MidiOrigin& origin,
                                 const std::string& seed);

}  // namespace talkback::project
