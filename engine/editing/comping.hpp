// Choosing from takes: the edits that make, change and clear a comp.
//
// A pick is one new comp segment on top of the others (engine/session/comp.hpp) and, for tidiness, the deletion of
// those that it covers whole; so people who pick different phrases at once change nothing of each other's, of two
// who pick one phrase at the same moment one stands, the same one for everybody, and undo of a pick shows what was
// chosen before. The first pick on a track turns the clips that play its takes where they were
// recorded into segments below everything else: nothing sounds twice. Pure; ids are handed in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/session/comp.hpp"
#include "engine/timeline/tempo_map.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::editing {

using NewId = std::function<ObjectId()>;

struct CompPick {
  ObjectId take;
  TickPosition from;
  TickPosition to;
  std::optional<double> crossfade_ms{};  // nullopt: the default of 10
};

struct CompEdit {
  // Without id and base revision; without operations where everything is so already.
  v1::Edit edit;
  // What the edit reaches: the wanted range, or as much of it as the take has.
  TickPosition from;
  TickPosition to;
  bool is_clipped = false;
  // How many clips became segments.
  int converted = 0;
  // Clips of takes that were moved, trimmed into other places or changed in level and so stay clips: they go on
  // sounding beside the comp in this range.
  std::vector<std::string> beside;
};

// Where the take was recorded, to the frame. map: of the session, at its rate.
struct TakeExtent {
  TickPosition from;
  TickPosition to;
};
TakeExtent extent_of(const session::Session& session, const timeline::TempoMap& map, const v1::Take& take);

// Fails with `invalid` where the range is empty, the take lies on another track or is trashed, or has nothing in the
// range (the message says what it has).
Result<CompEdit> pick(const session::Session& session, const timeline::TempoMap& map, ObjectId track,
                      const CompPick& wanted, const NewId& new_id);

// Nothing is chosen any more in the range. Unlike a pick it changes the segments that it cuts: of two people who clear
// inside one segment at the same moment, the later one's cut of its end stands. Fails with `invalid` for an empty
// range.
Result<CompEdit> clear(const session::Session& session, const timeline::TempoMap& map, ObjectId track,
                       TickPosition from, TickPosition to, const NewId& new_id);

// The stretches of the track's comp in which the take sounds.
std::vector<session::CompStretch> uses_of(const session::Session& session, ObjectId track, ObjectId take);

}  // namespace talkback::editing
