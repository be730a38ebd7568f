// The metronome's sound: a short decaying tone at each beat, higher at the first of a bar.
//
// 1,000 Hz (1,500 Hz at the bar), a cosine that starts at its peak and decays with a time constant of 8 ms, so that its
// first sample marks the beat exactly. Any division into blocks gives the same sound.
#pragma once

#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/position.hpp"
#include "engine/timeline/tempo_map.hpp"

namespace talkback::recorder {

class Click {
 public:
  // Beats from `first` until `last`, whose signature and tempo the map gives; count_in_bars before `first` are counted
  // with the tempo there. Frame 0 of the click is the first beat of the count-in.
  Click(const timeline::TempoMap& map, TickPosition first, TickPosition last, int count_in_bars);

  // Length of the count-in.
  Frames count_in() const noexcept { return count_in_; }

  // Adds the click from its frame `position` on to every channel.
  void add(FramePosition position, AudioBlock block) const noexcept;

 private:
  struct Beat {
    FramePosition position;
    bool is_bar = false;
  };
  std::vector<Beat> beats_;
  Frames count_in_{};
  SampleRate rate_;
};

}  // namespace talkback::recorder
