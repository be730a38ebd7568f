// The tempo map: the only place where ticks, seconds and frames meet.
//
// Between two tempo points the tempo holds, or moves linearly in ticks (a ramp). A map is immutable and
// may be read by any thread. frame_at(tick_at(f)) == f for every frame, tempo and rate supported.
#pragma once

#include <span>
#include <vector>

#include "engine/base/position.hpp"
#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::timeline {

struct TempoPoint {
  TickPosition position;
  double bpm = 120.0;  // quarter notes a minute, kTempoBpmMin to kTempoBpmMax
  bool ramp = false;   // towards the next point
};

struct SignaturePoint {
  TickPosition position;
  int numerator = 4;
  int denominator = 4;  // a power of two up to 64

  friend bool operator==(const SignaturePoint&, const SignaturePoint&) = default;
};

constexpr Ticks bar_length(SignaturePoint signature) noexcept {
  return Ticks{4 * kTicksPerQuarter * signature.numerator / signature.denominator};
}
constexpr Ticks beat_length(SignaturePoint signature) noexcept {
  return Ticks{4 * kTicksPerQuarter / signature.denominator};
}

class TempoMap {
 public:
  // Points in any order; of two at one position the later in the list wins. Without a point at 0 the
  // session starts at 120 bpm in 4/4. Fails with `invalid` on a tempo, signature or rate out of range.
  static Result<TempoMap> create(SampleRate rate, std::vector<TempoPoint> tempos,
                                 std::vector<SignaturePoint> signatures);

  SampleRate rate() const noexcept { return rate_; }

  // Nearest frame. Positions before 0 continue at the first tempo.
  FramePosition frame_at(TickPosition position) const noexcept;

  // Nearest tick.
  TickPosition tick_at(FramePosition position) const noexcept;

  // Seconds from the start, for the screen and for time constants.
  double seconds_at(TickPosition position) const noexcept;

  double bpm_at(TickPosition position) const noexcept;

  // Sorted, with one at 0.
  std::span<const SignaturePoint> signatures() const noexcept { return signatures_; }

 private:
  struct Segment {
    TickPosition start;
    double start_seconds = 0.0;
    double bpm = 120.0;
    double bpm_per_quarter = 0.0;  // slope of a ramp
  };

  const Segment& segment_at(TickPosition position) const noexcept;
  const Segment& segment_at_seconds(double seconds) const noexcept;

  SampleRate rate_;
  std::vector<Segment> segments_;
  std::vector<SignaturePoint> signatures_;
};

}  // namespace talkback::timeline
