// The delay of the sound against its detector.
#pragma once

#include <cmath>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/dsp/delay_line.hpp"

namespace talkback::effects {

class LookAhead {
 public:
  // Allocates; silent.
  void prepare(double milliseconds, SampleRate rate, int channels, int block_frames_max) {
    latency_ = Frames{std::llround(milliseconds / 1e3 * rate.hz)};
    lines_.resize(static_cast<std::size_t>(channels));
    for (dsp::DelayLine& line : lines_) line.prepare(latency_.count, block_frames_max);
  }
  void reset() noexcept {
    for (dsp::DelayLine& line : lines_) line.reset();
  }
  Frames latency() const noexcept { return latency_; }

  // In place. [audio-thread]
  void delay(AudioBlock block) noexcept {
    if (latency_.count == 0) return;
    for (int c = 0; c < block.channel_count(); ++c) {
      dsp::DelayLine& line = lines_[static_cast<std::size_t>(c)];
      line.write(block.channel(c));
      line.read(latency_.count, block.channel(c));
    }
  }
  void archive(dsp::StateArchive& state) {
    for (dsp::DelayLine& line : lines_) line.archive(state, latency_.count);
  }

 private:
  Frames latency_{0};
  std::vector<dsp::DelayLine> lines_;
};

}  // namespace talkback::effects
