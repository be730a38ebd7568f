// One stage of the limiter (limiter.hpp): finds true peaks above a ceiling, and takes them down before they come.
//
// 1. True peak, channels linked (dsp/true_peak.hpp).
// 2. Wanted gain = min(1, ceiling / peak), held down by a sliding minimum over the look-ahead.
// 3. Release: the gain rises to it by a one-pole smoother.
// 4. Attack: two moving averages, which reach the wanted gain before the peak does and hold it over kGuardFrames on
//    either side. Moving averages are exact integer sums.
// So the gain never is above the wanted one where the peak is.
#pragma once

#include <span>
#include <vector>

#include "engine/dsp/delay_line.hpp"
#include "engine/dsp/sliding_window.hpp"
#include "engine/dsp/true_peak.hpp"

namespace talkback::effects {

class LimiterStage {
 public:
  // Sound goes through in blocks of this many frames.
  static constexpr int kBlockFrames = 32;

  // average_frames: of each moving average. Allocates.
  void prepare(int channels, dsp::TruePeakDetector::Reach reach, int average_frames);
  void reset() noexcept;
  void archive(dsp::StateArchive& state);

  Frames latency() const noexcept { return Frames{2 * average_frames_ - 2 + kGuardFrames} + detector_.latency(); }

  enum class Peaks { unknown, below_ceiling };

  // In place. ceilings: one a frame. release: the part of the way to the wanted gain that one frame goes. `peaks`
  // says what is known about the block. The smallest gain is returned. [audio-thread]
  float process(AudioBlock block, std::span<const float> ceilings, double release, Peaks peaks) noexcept;

 private:
  static constexpr int kGuardFrames = 16;

  // How long peaks, and then gains, have been at rest.
  bool is_detector_at_rest() const noexcept { return frames_below_ >= detector_.memory().count; }
  bool is_gain_at_rest() const noexcept { return frames_at_unity_ > 4 * (average_frames_ + kGuardFrames); }
  void find_gains(std::span<float, kBlockFrames> gains, double release) noexcept;

  int average_frames_ = 1;
  dsp::TruePeakDetector detector_;
  std::vector<dsp::DelayLine> lines_;
  dsp::BlockMinimum minimum_;
  dsp::MovingSum first_sum_;
  dsp::MovingSum second_sum_;
  double released_ = 1.0;
  int frames_below_ = 0;
  int frames_at_unity_ = 0;
};

}  // namespace talkback::effects
