// Drum patterns as people type them, a line a drum:
//
//   kick: x...x...x...x...    x a hit, X or > an accent, o a soft one, 2 to 8 so many in the step, . or - a rest;
//   snare: ....X.......X..2   spaces and | are for the eye
//   C#3: x..x                 keys by drum, by note or by number
#pragma once

#include <string>
#include <vector>

#include "client/project/key_names.hpp"
#include "engine/base/position.hpp"
#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::project {

inline constexpr int kHitVelocity = 100, kAccentVelocity = 124, kSoftVelocity = 60;

struct PatternHit {
  int step = 1;  // from 1
  int pitch = 0;
  int velocity = kHitVelocity;
  int repeats = 1;

  friend bool operator==(const PatternHit&, const PatternHit&) = default;
};

struct Pattern {
  int steps = 0;
  std::vector<PatternHit> hits;
};

// Fails with invalid, naming line and character: a drum that is none, another number of steps than the first line's, a
// character that is none, a pattern of more than 64 steps, one without hits.
Result<Pattern> read_pattern(const std::vector<std::string>& lines, int middle_c_octave = kMiddleCOctave);

struct PatternPlace {
  std::string name;
  TickPosition position;
  Ticks length;
  Ticks step;
  double swing_percent = 50.0;
};

// Adds the clip and its steps to an edit. track: an instrument track.
void add_pattern(v1::Edit& edit, ObjectId track, const std::string& order, const Pattern& pattern,
                 const PatternPlace& place);

}  // namespace talkback::project
