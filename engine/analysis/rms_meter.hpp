// RMS level of two channels in dBFS as AES17 defines it: a sine of full scale reads 0 dBFS (its RMS is -3.01 dB).
//
// The moving value weighs time exponentially with the 125 ms of IEC 61672-1's F; the whole one weighs all alike.
#pragma once

#include <array>

#include "engine/analysis/level_sums.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::analysis {

class RmsMeter {
 public:
  static constexpr double kTimeSeconds = 0.125;

  explicit RmsMeter(SampleRate rate) noexcept : rate_(rate) {}

  // [audio-thread]
  void add(const LevelSums& sums) noexcept TALKBACK_REALTIME;
  void process(ConstAudioBlock block) noexcept TALKBACK_REALTIME { add(sum_levels(block)); }

  // channel: 0 left, 1 right. Minus infinity for silence.
  double level_db(int channel) const noexcept;
  // Of everything since it was made, both channels together.
  double whole_db() const noexcept;

 private:
  SampleRate rate_;
  std::array<double, 2> mean_square_{};
  double squares_ = 0.0;
  std::int64_t frames_ = 0;
};

}  // namespace talkback::analysis
