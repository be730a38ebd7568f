// Envelope of a level, in the smooth decoupled form of Giannoulis, Massberg and Reiss (2012), "Digital
// Dynamic Range Compressor Design", J. Audio Eng. Soc. 60(6), equation 17: a release that lets go of
// peaks slowly, followed by an attack. It reaches the peak of a steady tone and rises and falls
// without a kink.
#pragma once

#include <algorithm>

#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

struct EnvelopeFollower {
  float released = 0.0F;
  float value = 0.0F;

  // The poles are those of pole_of_time.
  float next(float level, float attack_pole, float release_pole) noexcept {
    // Written so that as little as possible waits for the value before.
    released = std::max(level, level * (1.0F - release_pole) + released * release_pole);
    value = released * (1.0F - attack_pole) + value * attack_pole;
    return value;
  }
  void archive(StateArchive& state) { state(released, value); }
};

}  // namespace talkback::dsp
