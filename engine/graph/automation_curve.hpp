// The values of one parameter over the song, in frames: an automation lane after the tempo map.
//
// Between breakpoints a and b, with x = (frame - a) / (b - a) and values u and v:
//   hold, step: u    linear: u + (v - u) x          curve: u + (v - u) (1 - e^(-k x)) / (1 - e^(-k)), k = 6 tension
// (positive tension moves early; "linear" is linear in time as heard, also under a tempo ramp). Before the first
// breakpoint its value holds, after the last its. Where the value jumps, it crosses over within kJumpFrames from
// the breakpoint on, so that nothing clicks; only to a step it jumps. Immutable; any thread may read.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/base/position.hpp"

namespace talkback::graph {

enum class CurveShape { hold, linear, curve, step };

struct CurvePoint {
  FramePosition position;
  double value = 0.0;
  CurveShape shape = CurveShape::linear;  // from here to the next point
  double tension = 0.0;
};

class AutomationCurve {
 public:
  static constexpr std::int64_t kJumpFrames = 32;
  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max() / 2;

  AutomationCurve() : AutomationCurve(0.0) {}
  // A constant.
  explicit AutomationCurve(double value);
  // Points in any order; of several at one frame the last in the list is where the curve goes on from. Not empty.
  explicit AutomationCurve(std::vector<CurvePoint> points);

  double value_at(std::int64_t frame) const noexcept;

  // The first frame after `frame` at which the value may differ from value_at(frame); `frame` itself while it moves.
  std::int64_t steady_until(std::int64_t frame) const noexcept;
  bool is_constant() const noexcept { return pieces_.size() == 1 && pieces_[0].from == pieces_[0].to; }

  double max() const noexcept;

  // The nearest frames, at or before and after `frame`, where the law changes.
  std::int64_t knot_before(std::int64_t frame) const noexcept;
  std::int64_t knot_after(std::int64_t frame) const noexcept;

  // Everything that decides about the values, as text for content keys.
  std::string description() const;
  // The same for the frames [begin, end) alone: what lies elsewhere does not show.
  void describe(std::int64_t begin, std::int64_t end, std::string& text) const;

 private:
  // From `begin` to the begin of the next piece.
  struct Piece {
    std::int64_t begin;
    double from;
    double to;
    CurveShape shape;
    double tension;
    double jump_from;  // the value before `begin`; equal to `from` where nothing jumps
  };

  std::size_t piece_at(std::int64_t frame) const noexcept;
  double shape_value(std::size_t piece, std::int64_t frame) const noexcept;
  std::int64_t end_of(std::size_t piece) const noexcept;

  std::vector<Piece> pieces_;
  std::vector<std::int64_t> knots_;
};

}  // namespace talkback::graph
