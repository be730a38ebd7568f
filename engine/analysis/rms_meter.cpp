#include "engine/analysis/rms_meter.hpp"

#include <cmath>

#include "engine/dsp/decibel.hpp"

namespace talkback::analysis {

namespace {

// Of the mean square: half of one is a sine of full scale.
double dbfs(double mean_square) noexcept { return dsp::db_from_gain(std::sqrt(2.0 * mean_square)); }

}  // namespace

void RmsMeter::add(const LevelSums& sums) noexcept TALKBACK_REALTIME {
  if (sums.frames == 0) return;
  const double part = 1.0 - std::exp(-static_cast<double>(sums.frames) / (kTimeSeconds * rate_.hz));
  for (std::size_t c = 0; c < 2; ++c) mean_square_[c] += (sums.squares[c] / sums.frames - mean_square_[c]) * part;
  squares_ += sums.squares[0] + sums.squares[1];
  frames_ += sums.frames;
}

double RmsMeter::level_db(int channel) const noexcept { return dbfs(mean_square_[static_cast<std::size_t>(channel)]); }

double RmsMeter::whole_db() const noexcept {
  return frames_ == 0 ? dbfs(0.0) : dbfs(squares_ / (2.0 * static_cast<double>(frames_)));
}

}  // namespace talkback::analysis
