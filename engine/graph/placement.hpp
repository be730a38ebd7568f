// Clips of a session at their places, in session frames.
#pragma once

#include <vector>

#include "engine/graph/clip_reader.hpp"
#include "engine/graph/instrument_node.hpp"
#include "engine/session/session.hpp"
#include "engine/timeline/tempo_map.hpp"

namespace talkback::graph {

struct PlacementContext {
  const session::Session& session;
  const timeline::TempoMap& tempo;
};

// The audio clips and comp segments of a track that are not muted. Offsets, lengths and fades, which count source
// frames, are stretched and rounded to the nearest session frame. Sources are not opened.
std::vector<PlacedClip> place_clips(const PlacementContext& context, const v1::Object& track);

// The notes and controllers of an instrument track's MIDI and pattern clips that are not muted. instrument: with
// defaults. A pedal that is down where its clip ends is lifted there, but for SoundFont players. A click gets the beats
// of the session before the frame `end` as well: a bar begins at each signature change, and every beat is one of its
// denominator. Fails with exhausted where a pattern plays too many notes.
Result<std::vector<InstrumentEvent>> place_events(const PlacementContext& context, const v1::Object& track,
                                                  const v1::Object& instrument, Frames end);

// Semitones that the instrument adds to every note. instrument: with defaults.
int transpose_of(const v1::Instrument& instrument);

// The end of the last clip of any track, muted or not.
FramePosition end_of_clips(const PlacementContext& context);

}  // namespace talkback::graph
