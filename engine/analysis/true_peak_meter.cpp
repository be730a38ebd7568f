#include "engine/analysis/true_peak_meter.hpp"

#include <algorithm>

namespace talkback::analysis {

void TruePeakMeter::prepare(int channels) {
  detector_.prepare(channels, dsp::TruePeakDetector::Reach::near);
  held_.resize(channels, kChunkFrames);
  held_frames_ = 0;
  peaks_.resize(kChunkFrames);
  greatest_ = 0.0F;
}

void TruePeakMeter::process(ConstAudioBlock block) {
  for (int done = 0; done < block.frame_count();) {
    const int frames = std::min(kChunkFrames - held_frames_, block.frame_count() - done);
    for (int c = 0; c < block.channel_count(); ++c) {
      std::ranges::copy(block.slice(done, frames).channel(c), held_.block().channel(c).begin() + held_frames_);
    }
    done += frames;
    held_frames_ += frames;
    if (held_frames_ < kChunkFrames) return;
    detector_.process(held_.block(), peaks_, greatest_);
    greatest_ = std::max(greatest_, *std::ranges::max_element(peaks_));
    held_frames_ = 0;
  }
}

float TruePeakMeter::finished() const {
  TruePeakMeter rest = *this;
  AudioBuffer silence(held_.channel_count(), kChunkFrames);
  // Fills the chunk that waits, and brings out what the detector still holds.
  for (std::int64_t done = 0; done < detector_.latency().count + kChunkFrames; done += kChunkFrames)
    rest.process(silence.block());
  return rest.greatest_;
}

}  // namespace talkback::analysis
