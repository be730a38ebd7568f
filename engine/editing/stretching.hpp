// Clips made longer or shorter at their pitch, so that what was played at one tempo fits another; or transposed at
// their length. The sound itself is made by engine/media/time_stretch.hpp.
//
// A clip's stretch is always told against its recording: 1 plays it as it was made.
#pragma once

#include <optional>
#include <variant>

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "engine/timeline/tempo_map.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::editing {

struct Ratio {
  double value = 1.0;  // length heard / length recorded
};
// Quarter notes a minute that the recording was played at.
struct RecordedTempo {
  double bpm = 120.0;
};
// Where in the song the clip's end shall lie.
struct ClipEnd {
  TickPosition position;
};
using StretchTarget = std::variant<Ratio, RecordedTempo, ClipEnd>;

struct ClipStretch {
  std::optional<StretchTarget> target;
  std::optional<double> transpose_st;
};

// What brings the clip to its target from where it begins; also across changes of the song's tempo, where its first and
// last beats lie right and those between drift. Fails with invalid (outside 0.25 to 4, an end before the start) or
// not_found (the source is gone).
Result<double> stretch_for(const session::Session& session, const timeline::TempoMap& map, const v1::AudioClip& clip,
                           const StretchTarget& target);

// The edit that does so with a clip; without operations where it is so already. Fails as stretch_for().
Result<v1::Edit> stretch(const session::Session& session, const timeline::TempoMap& map, const v1::Object& clip,
                         const ClipStretch& wanted);

}  // namespace talkback::editing
