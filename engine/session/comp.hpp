// What a track's comp segments come to: at every moment at most one take.
//
// Segments lie on each other in their order, and the topmost sounds. So a pick is one new segment on top, touches
// nothing that somebody else may be working on, and people who pick at the same time need not agree on anything. Where
// the same take goes on, nothing is cut, whichever segments say so: fading a sound into itself would lift it by 3 dB.
#pragma once

#include <vector>

#include "engine/base/position.hpp"
#include "engine/session/session.hpp"

namespace talkback::session {

struct CompStretch {
  ObjectId take;
  TickPosition from;
  TickPosition to;
  // Of the crossfade centred on each edge. Where two stretches meet, both have that of the segment on top.
  double crossfade_in_ms = 0.0;
  double crossfade_out_ms = 0.0;

  friend bool operator==(const CompStretch&, const CompStretch&) = default;
};

// In the order of time; none overlaps another.
std::vector<CompStretch> comp_of(const Session& session, ObjectId track);

}  // namespace talkback::session
