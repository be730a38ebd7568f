#include "engine/analysis/level_sums.hpp"

#include <algorithm>
#include <cmath>

namespace talkback::analysis {

LevelSums& LevelSums::operator+=(const LevelSums& more) noexcept {
  frames += more.frames;
  clips += more.clips;
  for (std::size_t c = 0; c < 2; ++c) {
    peak[c] = std::max(peak[c], more.peak[c]);
    squares[c] += more.squares[c];
  }
  products += more.products;
  return *this;
}

LevelSums sum_levels(ConstAudioBlock block) noexcept TALKBACK_REALTIME {
  const float* left = block.channel(0).data();
  const float* right = block.channel(block.channel_count() - 1).data();
  LevelSums sums;
  sums.frames = block.frame_count();
  for (int n = 0; n < sums.frames; ++n) {
    const double l = static_cast<double>(left[n]);
    const double r = static_cast<double>(right[n]);
    const std::array<float, 2> magnitude = {std::abs(left[n]), std::abs(right[n])};
    for (std::size_t c = 0; c < 2; ++c) {
      sums.peak[c] = std::max(sums.peak[c], magnitude[c]);
      sums.clips += magnitude[c] >= 1.0F ? 1 : 0;
    }
    sums.squares[0] += l * l;
    sums.squares[1] += r * r;
    sums.products += l * r;
  }
  return sums;
}

}  // namespace talkback::analysis
