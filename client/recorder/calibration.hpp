// The round trip of a sound card, from what was played into a loop and what came back.
//
// Each sweep of the probe gives a band-limited impulse response of the loop (spectral division: the Roth weighting of
// Knapp and Carter, "The generalized correlation method for estimation of time delay", IEEE Trans. ASSP 24, 1976),
// whose envelope is blind to polarity and level. An arrival counts only where all sweeps but one agree on it; so one
// slammed door does not matter, and noise is not taken for a loop. Pure: no device, no clock.
#pragma once

#include <span>

#include "client/recorder/loop_probe.hpp"
#include "engine/base/result.hpp"

namespace talkback::recorder {

struct RoundTrip {
  Frames frames{};            // the nearest whole frame
  double exact_frames = 0.0;  // the median of the sweeps, between the frames
  // 0 to 1: from how far the arrival stands out and how well the sweeps agree. A heuristic; see confidence_text.
  double confidence = 0.0;
  double stands_out_db = 0.0;  // above the greatest other thing that all sweeps but one have in common
  double spread_frames = 0.0;  // of all sweeps but one about the median
  bool is_inverted = false;
  float peak = 0.0F;  // of what came back, full scale 1
};

inline constexpr double kSureConfidence = 0.8;
inline constexpr double kFairConfidence = 0.5;

// captured: one channel, its frame n taken while the probe's frame n was handed out. Where shorter than the probe, the
// rest counts as silence. Fails with `not_found` where no loop is heard, `conflict` where the sweeps do not agree.
Result<RoundTrip> find_round_trip(const LoopProbe& probe, std::span<const float> captured);

// "sure", "fair" or "doubtful".
const char* confidence_text(double confidence) noexcept;

}  // namespace talkback::recorder
