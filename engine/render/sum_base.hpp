// Which sums of the session before later ones start from, and for how long.
//
// To keep every sum of a song takes more of the disk than its mix. So while edits stay small, sums are made from those
// of one session, the base, and the new ones are not kept, nor what buses make of them: the next edit, most likely of
// the same thing, starts from the base again. Of the mix the sound is kept, which what follows on the master starts
// from. Once something else is edited, or that takes more than it saves, all are kept and the session becomes the base.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/graph/graph.hpp"

namespace talkback::render {

// What a render's session is to later ones.
enum class SumBase {
  renew,  // all of its sums are kept: the next one starts from it
  leave,  // the base before stays
  drop,   // sums of the base before are gone: the next render starts without
};

// What was edited since the base: "Track 6: fader".
std::set<std::string> edited_since_base(const graph::Graph& graph);

// Whether a sum has no input in common with the one before.
bool is_all_new(const graph::Graph& graph, const graph::SumPair& pair);

// Whether new sums should be kept: where one has less in common with its base than not, and so would have its other
// inputs computed after every edit, or where many tracks have to be computed as they were, only to be taken off.
// wanted: by entry, whether the render may need it.
bool is_base_far(const graph::Graph& graph, const std::vector<bool>& wanted);

}  // namespace talkback::render
