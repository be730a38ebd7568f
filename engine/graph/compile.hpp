// A session becomes a graph.
//
// Per track: clips or instrument or sum -> gain and polarity -> inserts -> pre-fader sends -> fader, pan and mute ->
// post-fader sends -> output (a bus, a folder, else the folder the track lies in, else the master).
// Mute silences a track with its sends, and a muted folder what lies in it. While any track is soloed, a connection
// sounds only where it leads to a soloed track or comes from one; soloing a folder solos what lies in it.
#pragma once

#include <functional>
#include <optional>

#include "engine/graph/graph.hpp"
#include "engine/graph/instrument_node.hpp"
#include "engine/media/source_library.hpp"
#include "engine/session/session.hpp"

namespace talkback::graph {

struct CompileOptions {
  // 0: the session's own.
  int sample_rate_hz = 0;
  // The font of players that name none; empty: the system's (instruments::default_soundfont).
  std::filesystem::path default_soundfont = {};
  // A session without clips is silence, not an error: for who records the first.
  bool may_be_empty = false;
};

// library: outlives the graph; sources are decoded into its cache where needed. Fails with not_found or corrupt, naming
// track and clip, where a sound is missing or unreadable, and with invalid where the session has nothing to play.
Result<Graph> compile(const session::Session& session, const CompileOptions& options, media::SourceLibrary& library);

// Adds the entries of the session of an earlier render, whose kept sums the new ones may start from. Nothing happens
// where its sounds are not there any more. Once a graph, with the options that it was compiled with.
void add_session_before(const session::Session& before, const CompileOptions& options, media::SourceLibrary& library,
                        Graph& graph);

// One instrument track alone, for notes that are played now: its instrument without clips, gain, inserts, fader and pan
// as they are set and move, without sends, side-chains and what it leads to.
struct LiveGraph {
  Graph graph;                           // its mix is what the track gives
  InstrumentNode* instrument = nullptr;  // one of the graph's; null where none is chosen
  int transpose_st = 0;                  // of the instrument, to be added to every note
};

// Fails as compile() does, and with invalid where the track is no instrument track.
Result<LiveGraph> compile_live(const session::Session& session, ObjectId track, const CompileOptions& options,
                               media::SourceLibrary& library);

// How long the session plays, at a rate: the end of the last clip, and the tail. 0 without clips.
Frames length_of(const session::Session& session, SampleRate rate);

}  // namespace talkback::graph
