// The greatest true peak of a programme (dsp/true_peak.hpp).
//
// What lies below the greatest peak so far is of no interest, which spares nearly all of the work. Sound is looked at
// in whole chunks, counted from prepare(), so any division into blocks gives the same.
#pragma once

#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/dsp/state_archive.hpp"
#include "engine/dsp/true_peak.hpp"

namespace talkback::analysis {

class TruePeakMeter {
 public:
  // Allocates.
  void prepare(int channels);

  void process(ConstAudioBlock block);

  // The greatest magnitude since the last take_greatest(), as if silence followed.
  float finished() const;

  // The greatest magnitude so far, but for what waits for a whole chunk or for the detector's latency: that counts
  // after. Begins anew at nothing. The greatest of all that is taken and of finished() at the end is what one meter
  // without takes finds.
  float take_greatest();

  // After a take at whole chunks, equal sound in the last chunk gives equal bytes. Saving leaves the results alike.
  void archive(dsp::StateArchive& state);

 private:
  static constexpr int kChunkFrames = 1024;
  static_assert(kChunkFrames % dsp::TruePeakDetector::kGroupFrames == 0);

  void measure_chunk();
  void recall();

  dsp::TruePeakDetector detector_;
  // What waits for a whole chunk.
  AudioBuffer held_;
  int held_frames_ = 0;
  // The newest that the detector has heard, and all that it needs of it.
  AudioBuffer past_;
  std::vector<float> peaks_;
  float greatest_ = 0.0F;
};

}  // namespace talkback::analysis
