// Sample peak of two channels with the ballistics of IEC 60268-18: it rises with the first sample and falls by 20 dB in
// 1.7 s. The greatest value is held for kHoldSeconds before it follows. Clips are samples at or above full scale.
//
// Deviation: the fall goes in steps of the stretches that are added. True peaks are true_peak_meter.hpp's.
#pragma once

#include <array>

#include "engine/analysis/level_sums.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::analysis {

class PeakMeter {
 public:
  static constexpr double kFallDbPerSecond = 20.0 / 1.7;
  static constexpr double kHoldSeconds = 2.0;

  explicit PeakMeter(SampleRate rate) noexcept : rate_(rate) {}

  // [audio-thread]
  void add(const LevelSums& sums) noexcept TALKBACK_REALTIME;
  void process(ConstAudioBlock block) noexcept TALKBACK_REALTIME { add(sum_levels(block)); }

  // channel: 0 left, 1 right. dBFS; minus infinity for silence.
  double level_db(int channel) const noexcept;
  double held_db(int channel) const noexcept;
  // Since it was made or reset.
  double greatest_db(int channel) const noexcept;
  std::int64_t clips() const noexcept { return clips_; }

  void reset() noexcept { *this = PeakMeter(rate_); }

 private:
  SampleRate rate_;
  std::array<double, 2> level_{};
  std::array<double, 2> held_{};
  std::array<double, 2> held_seconds_{};
  std::array<float, 2> greatest_{};
  std::int64_t clips_ = 0;
};

}  // namespace talkback::analysis
