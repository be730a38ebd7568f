// What the cheap meters (peak, RMS, correlation) want to know of a stretch of sound, in one pass.
#pragma once

#include <array>

#include "engine/base/audio_block.hpp"
#include "engine/base/realtime.hpp"

namespace talkback::analysis {

// Of left and right; mono sound counts as both.
struct LevelSums {
  int frames = 0;
  int clips = 0;                    // samples of either channel at or above full scale
  std::array<float, 2> peak{};      // greatest magnitude
  std::array<double, 2> squares{};  // sum of x^2
  double products = 0.0;            // sum of left * right

  LevelSums& operator+=(const LevelSums& more) noexcept;
};

// block: one or two channels. [audio-thread]
LevelSums sum_levels(ConstAudioBlock block) noexcept TALKBACK_REALTIME;

}  // namespace talkback::analysis
