// The slow oscillators of modulation effects: a phase in turns that advances every frame, and waves over it.
//
// The phase is 0 at reset and part of the state, so the wave depends on the frames since then and on nothing else. No
// function of the system's library is called: every machine gives the same bits.
#pragma once

#include <cmath>

#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

// The turn from -1/4 to 1/4 that has the same sine.
inline float fold_turns(float turns) noexcept {
  // Adding 1.5 * 2^23 rounds to the nearest integer.
  constexpr float kRounder = 12582912.0F;
  const float centred = turns - ((turns + kRounder) - kRounder);
  return std::copysign(0.25F - std::abs(std::abs(centred) - 0.25F), centred);
}

// sin(2 pi turns) for turns from -1 to 2; error below 2e-6. Taylor's series to the 11th.
inline float sine_of_turns(float turns) noexcept {
  const float x = fold_turns(turns) * 6.28318531F;
  const float square = x * x;
  return x * (1.0F +
              square * (-0.166666667F +
                        square * (0.00833333333F +
                                  square * (-0.000198412698F + square * (2.75573192e-6F + square * -2.50521084e-8F)))));
}

// As the sine: 0 and rising at 0, 1 at a quarter turn.
inline float triangle_of_turns(float turns) noexcept { return 4.0F * fold_turns(turns); }

struct Phase {
  double turns = 0.0;

  // By less than a turn.
  void advance(double step) noexcept {
    turns += step;
    if (turns >= 1.0) turns -= 1.0;
  }
  // From 0 to below 2 for an offset from 0 to 1.
  float at(float offset) const noexcept { return static_cast<float>(turns) + offset; }
  void archive(StateArchive& state) {
    state(turns);
    // A damaged archive must not lead outside of what waves are defined for.
    if (!(turns >= 0.0 && turns < 1.0)) turns = 0.0;
  }
};

}  // namespace talkback::dsp
