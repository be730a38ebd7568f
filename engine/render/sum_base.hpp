// Which sums of the session before later ones start from, and for how long.
//
// To keep every sum of a song takes more of the disk than its mix. So while edits stay small, sums are made from those
// of one session, the base, and the new ones are not kept, nor what buses make of them: the next edit, most likely of
// the same thing, starts from the base again. What the master gives is always kept: after an edit of a few seconds the
// rest is written from it. Once several things have been edited, or that takes more than it saves, all are kept and the
// session becomes the base.
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

// Whether so much was edited, one thing after the other, that later edits should start from another base: each edited
// track is computed again at every edit of another. last: at the last render that left the base as it was. What is
// edited at once, as by a fader of a group, is one step of somebody's work, however often it is repeated.
bool is_base_outlived(const std::set<std::string>& last, const std::set<std::string>& edited);

// Whether a sum has no input in common with the one before.
bool is_all_new(const graph::Graph& graph, const graph::SumPair& pair);

// Whether new sums should be kept: where one has less in common with its base than not, and so would have its other
// inputs computed after every edit, or where many tracks have to be computed as they were, only to be taken off.
// wanted: by entry, whether the render may need it.
bool is_base_far(const graph::Graph& graph, const std::vector<bool>& wanted);

}  // namespace talkback::render
