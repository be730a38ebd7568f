// The greatest true peak of a programme (dsp/true_peak.hpp).
//
// What lies below the greatest peak so far is of no interest, which spares nearly all of the work.
#pragma once

#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/dsp/true_peak.hpp"

namespace talkback::analysis {

class TruePeakMeter {
 public:
  // Allocates.
  void prepare(int channels);

  void process(ConstAudioBlock block);

  // The greatest magnitude, as if silence followed.
  float finished() const;

 private:
  static constexpr int kChunkFrames = 1024;
  static_assert(kChunkFrames % dsp::TruePeakDetector::kGroupFrames == 0);

  dsp::TruePeakDetector detector_;
  // What waits for a whole group.
  AudioBuffer held_;
  int held_frames_ = 0;
  std::vector<float> peaks_;
  float greatest_ = 0.0F;
};

}  // namespace talkback::analysis
