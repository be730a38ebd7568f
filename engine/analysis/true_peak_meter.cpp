#include "engine/analysis/true_peak_meter.hpp"

#include <algorithm>
#include <utility>

namespace talkback::analysis {

void TruePeakMeter::prepare(int channels) {
  constexpr int kGroup = dsp::TruePeakDetector::kGroupFrames;
  detector_.prepare(channels, dsp::TruePeakDetector::Reach::near);
  held_.resize(channels, kChunkFrames);
  held_frames_ = 0;
  const auto memory_frames = static_cast<int>(detector_.memory().count);
  past_.resize(channels, (memory_frames + kGroup - 1) / kGroup * kGroup);
  TALKBACK_CHECK(past_.frame_count() <= kChunkFrames);
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
    measure_chunk();
  }
}

void TruePeakMeter::measure_chunk() {
  detector_.process(held_.block(), peaks_, greatest_);
  greatest_ = std::max(greatest_, *std::ranges::max_element(peaks_));
  held_frames_ = 0;
  const AudioBlock newest = held_.block().slice(kChunkFrames - past_.frame_count(), past_.frame_count());
  for (int c = 0; c < newest.channel_count(); ++c)
    std::ranges::copy(newest.channel(c), past_.block().channel(c).begin());
}

float TruePeakMeter::finished() const {
  TruePeakMeter rest = *this;
  AudioBuffer silence(held_.channel_count(), kChunkFrames);
  // Fills the chunk that waits, and brings out what the detector still holds.
  for (std::int64_t done = 0; done < detector_.latency().count + kChunkFrames; done += kChunkFrames)
    rest.process(silence.block());
  return rest.greatest_;
}

float TruePeakMeter::take_greatest() {
  recall();
  return std::exchange(greatest_, 0.0F);
}

// What the detector keeps to spare itself work depends on how loud it was before; built again from the sound alone, it
// does not.
void TruePeakMeter::recall() {
  detector_.reset();
  detector_.skip(past_.block());
}

void TruePeakMeter::archive(dsp::StateArchive& state) {
  state(greatest_, held_frames_);
  // A damaged archive must not reach beyond the chunk.
  held_frames_ = std::clamp(held_frames_, 0, kChunkFrames - 1);
  for (int c = 0; c < held_.channel_count(); ++c) {
    state.raw(held_.block().channel(c).data(), static_cast<std::size_t>(held_frames_) * sizeof(float));
    state.raw(past_.block().channel(c).data(), past_.block().channel(c).size_bytes());
  }
  if (!state.is_settling()) recall();
}

}  // namespace talkback::analysis
