#include "engine/analysis/peak_meter.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/decibel.hpp"

namespace talkback::analysis {

void PeakMeter::add(const LevelSums& sums) noexcept TALKBACK_REALTIME {
  const double seconds = static_cast<double>(sums.frames) / rate_.hz;
  const double fall = std::pow(10.0, -kFallDbPerSecond * seconds / 20.0);
  for (std::size_t c = 0; c < 2; ++c) {
    const double peak = static_cast<double>(sums.peak[c]);
    level_[c] = std::max(peak, level_[c] * fall);
    held_seconds_[c] += seconds;
    if (peak >= held_[c]) {
      held_[c] = peak;
      held_seconds_[c] = 0.0;
    } else if (held_seconds_[c] > kHoldSeconds) {
      held_[c] = std::max(peak, held_[c] * fall);
    }
    greatest_[c] = std::max(greatest_[c], sums.peak[c]);
  }
  clips_ += sums.clips;
}

double PeakMeter::level_db(int channel) const noexcept {
  return dsp::db_from_gain(level_[static_cast<std::size_t>(channel)]);
}
double PeakMeter::held_db(int channel) const noexcept {
  return dsp::db_from_gain(held_[static_cast<std::size_t>(channel)]);
}
double PeakMeter::greatest_db(int channel) const noexcept {
  return dsp::db_from_gain(static_cast<double>(greatest_[static_cast<std::size_t>(channel)]));
}

}  // namespace talkback::analysis
