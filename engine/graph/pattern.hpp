// Pattern clips as the notes that they play.
//
// Step k of the clip, counted from 0 through every repetition, begins at k steps; where k is odd, at the swing's part
// of the two steps that begin with k - 1. Repeats divide a step from its own begin to the next one's. A note ends after
// its length in steps, where it is repeated at the latest with the next repeat, with the next note of its
// pitch, and with the clip. Of two notes of one pitch at one place the louder sounds.
#pragma once

#include <vector>

#include "engine/graph/placement.hpp"

namespace talkback::graph {

// Appends the notes of a pattern clip (with defaults) that begin before the frame `end`. Fails with exhausted where
// they are more than kPatternNotesMax.
Result<void> place_pattern(const PlacementContext& context, const v1::Object& clip, int transpose, Frames end,
                           std::vector<InstrumentEvent>& events);

// Eight hours of sixteen notes a second.
inline constexpr std::size_t kPatternNotesMax = 500'000;

}  // namespace talkback::graph
