#include "engine/realtime/meter_tap.hpp"

namespace talkback::realtime {

LevelFrame level_of(std::span<const float> left, std::span<const float> right) noexcept TALKBACK_REALTIME {
  LevelFrame level;
  level.frames = static_cast<int>(left.size());
  float peak_left = 0.0F;
  float peak_right = 0.0F;
  for (std::size_t n = 0; n < left.size(); ++n) {
    const double l = static_cast<double>(left[n]);
    const double r = static_cast<double>(right[n]);
    peak_left = std::max(peak_left, std::abs(left[n]));
    peak_right = std::max(peak_right, std::abs(right[n]));
    level.squares[0] += l * l;
    level.squares[1] += r * r;
    level.products += l * r;
  }
  level.peak = {peak_left, peak_right};
  return level;
}

}  // namespace talkback::realtime
