// The power that loudness is made of: sound weighted by the K filter of ITU-R BS.1770-4, Annex 1, its mean square over
// steps of 100 ms, summed over the channels with their weights.
//
// Any division into blocks gives the same bits, on any machine. What it remembers can be archived. Settling rounds
// that, so that two that have heard the same for 65,536 frames remember the same to the last bit, whatever came before.
#pragma once

#include <array>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::analysis {

// A section as a state variable filter; from x, with d = x - low:
//   y = (direct d + aside band) + through low;  low' = (low + turn band) + follow d;  band' = keep band + turn d
struct WeightingSection {
  double keep = 0.0;
  double turn = 0.0;
  double follow = 0.0;
  double direct = 0.0;
  double aside = 0.0;
  double through = 0.0;
};

class WeightedPower {
 public:
  static constexpr int kChannelsMax = 6;

  // channels: 1 (heard from one speaker), 2, 3 as L R C, 4 as L R Ls Rs, 5 as L R C Ls Rs, or 6 as L R C LFE Ls Rs.
  // Allocates.
  void prepare(SampleRate rate, int channels);
  void reset() noexcept;

  // Appends the power of every step that ends within the block; steps are counted from reset(). A tone of 997 Hz at
  // full scale in one channel has 0.586, which is -3.01 LUFS.
  void process(ConstAudioBlock block, std::vector<double>& steps);

  int step_frames() const noexcept { return step_frames_; }

  void archive(dsp::StateArchive& state);

 private:
  struct Channel {
    // low and band of the shelf, then of the high-pass.
    std::array<double, 4> memory{};
    // Of the squares of the step that has begun.
    double sum = 0.0;
    double weight = 1.0;
  };

  void run(ConstAudioBlock block) noexcept;

  std::array<WeightingSection, 2> sections_{};
  std::vector<Channel> channels_;
  int step_frames_ = 1;
  int frames_ = 0;  // of the step that has begun
};

}  // namespace talkback::analysis
