// Envelope of a level of 0 or more, after the decoupled peak detectors of Giannoulis, Massberg and Reiss (2012),
// "Digital Dynamic Range Compressor Design", J. Audio Eng. Soc. 60(6), section 2.3: a release that takes peaks at
// once and lets go of them slowly, then an attack.
//
// Deviation: the attack acts upwards only, where equation 17 has it in both directions and so adds the attack's time to
// the release's. Attack and release each are one-pole smoothers of exactly their own time, and the envelope of a
// steady tone still reaches its peaks.
#pragma once

#include <algorithm>

#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

struct EnvelopeFollower {
  float released = 0.0F;
  float value = 0.0F;

  // The poles are those of pole_of_time.
  float next(float level, float attack_pole, float release_pole) noexcept {
    // Written so that as little as possible waits for the value before. The end of a release is cut, so that silence is
    // reached.
    constexpr float kEnd = 1e-7F;
    released = std::max(level, (level * (1.0F - release_pole) - kEnd) + released * release_pole);
    value = std::min(released, released * (1.0F - attack_pole) + value * attack_pole);
    return value;
  }
  bool is_at_rest() const noexcept { return released == 0.0F && value == 0.0F; }
  void archive(StateArchive& state) { state(released, value); }
};

}  // namespace talkback::dsp
