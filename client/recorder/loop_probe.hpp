// The sound by which a loop from an output to an input is measured: an exponential sweep, five times.
//
// After A. Farina, "Simultaneous measurement of impulse response and distortion with a swept-sine technique", AES 108th
// Convention (2000): what a loudspeaker distorts shows up before the true arrival, not on it. The pauses between the
// sweeps all differ, and so do their sums: a sweep that is taken for its neighbour is alone with its mistake.
#pragma once

#include <array>
#include <vector>

#include "engine/base/position.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::recorder {

inline constexpr int kProbeSweeps = 5;

// The longest round trip that is looked for: as long as the recorder believes a driver.
inline constexpr int kLoopSecondsMax = 2;

struct LoopProbe {
  SampleRate rate{};
  // One sweep, full scale.
  std::vector<float> sweep;
  double low_hz = 0.0;
  double high_hz = 0.0;
  // Where each sweep begins.
  std::array<FramePosition, kProbeSweeps> starts{};
  // The longest round trip that can be found.
  Frames longest{};
  // Of the whole, with silence for the longest round trip behind the last sweep: some 5.5 seconds.
  Frames length{};

  // Its sample, 0 in the pauses. [audio-thread]
  float at(FramePosition position) const noexcept;
};

// Allocates.
LoopProbe make_loop_probe(SampleRate rate);

}  // namespace talkback::recorder
