#include "engine/graph/automation_curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/check.hpp"
#include "engine/graph/content_key.hpp"

namespace talkback::graph {

AutomationCurve::AutomationCurve(double value) : pieces_{{-kForever, value, value, CurveShape::hold, 0.0, value}} {}

AutomationCurve::AutomationCurve(std::vector<CurvePoint> points) {
  TALKBACK_CHECK(!points.empty());
  std::ranges::stable_sort(points, {}, &CurvePoint::position);
  const double first = points.front().value;
  pieces_.push_back({-kForever, first, first, CurveShape::hold, 0.0, first});
  double before = first;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const CurvePoint& point = points[i];
    const bool is_last = i + 1 == points.size();
    if (!is_last && points[i + 1].position == point.position) continue;
    const double next = is_last ? point.value : points[i + 1].value;
    const bool holds = point.shape == CurveShape::hold || point.shape == CurveShape::step;
    const double to = holds ? point.value : next;
    if (point.shape == CurveShape::step) before = point.value;
    pieces_.push_back({point.position.count, point.value, to, point.shape, point.tension, before});
    knots_.push_back(point.position.count);
    if (before != point.value) knots_.push_back(point.position.count + kJumpFrames);
    before = to;
  }
  std::ranges::sort(knots_);
}

std::size_t AutomationCurve::piece_at(std::int64_t frame) const noexcept {
  const auto after = std::ranges::upper_bound(pieces_, frame, {}, &Piece::begin);
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - pieces_.begin() - 1, 0));
}

std::int64_t AutomationCurve::end_of(std::size_t piece) const noexcept {
  return piece + 1 < pieces_.size() ? pieces_[piece + 1].begin : kForever;
}

double AutomationCurve::shape_value(std::size_t index, std::int64_t frame) const noexcept {
  const Piece& piece = pieces_[index];
  if (piece.from == piece.to) return piece.from;
  const double x = static_cast<double>(frame - piece.begin) / static_cast<double>(end_of(index) - piece.begin);
  const double k = 6.0 * piece.tension;
  // Near 0 the curve is the line, and its formula 0 / 0.
  const double part = piece.shape == CurveShape::curve && std::abs(k) > 1e-6 ? std::expm1(-k * x) / std::expm1(-k) : x;
  return piece.from + (piece.to - piece.from) * part;
}

double AutomationCurve::value_at(std::int64_t frame) const noexcept {
  const std::size_t index = piece_at(frame);
  const Piece& piece = pieces_[index];
  const double value = shape_value(index, frame);
  const std::int64_t since = frame - piece.begin;
  if (piece.jump_from == piece.from || since >= kJumpFrames) return value;
  return piece.jump_from + (value - piece.jump_from) * static_cast<double>(since) / static_cast<double>(kJumpFrames);
}

std::int64_t AutomationCurve::steady_until(std::int64_t frame) const noexcept {
  const std::size_t index = piece_at(frame);
  const Piece& piece = pieces_[index];
  if (piece.from != piece.to) return frame;
  if (piece.jump_from != piece.from && frame - piece.begin < kJumpFrames) return frame;
  return end_of(index);
}

double AutomationCurve::max() const noexcept {
  // Every shape is monotonic.
  double result = pieces_.front().from;
  for (const Piece& piece : pieces_) result = std::max({result, piece.from, piece.to});
  return result;
}

std::int64_t AutomationCurve::knot_before(std::int64_t frame) const noexcept {
  const auto after = std::ranges::upper_bound(knots_, frame);
  return after == knots_.begin() ? -kForever : *(after - 1);
}

std::int64_t AutomationCurve::knot_after(std::int64_t frame) const noexcept {
  const auto after = std::ranges::upper_bound(knots_, frame);
  return after == knots_.end() ? kForever : *after;
}

std::string AutomationCurve::description() const {
  std::string text;
  for (const Piece& piece : pieces_) {
    text += fmt::format("{}:{:a}:{:a}:{}:{:a};", piece.begin, piece.from, piece.to, static_cast<int>(piece.shape),
                        piece.tension);
  }
  return text;
}

void AutomationCurve::describe(std::int64_t begin, std::int64_t end, std::string& text) const {
  const std::size_t first = piece_at(begin);
  for (std::size_t i = first; i < pieces_.size() && (i == first || pieces_[i].begin < end); ++i) {
    const Piece& piece = pieces_[i];
    const bool has_jumped = piece.jump_from == piece.from || piece.begin + kJumpFrames <= begin;
    if (i == first && piece.from == piece.to && has_jumped) {
      append_key(text, piece.from);
    } else {
      append_key(text, piece.begin, end_of(i), piece.from, piece.to, static_cast<int>(piece.shape), piece.tension,
                 piece.jump_from);
    }
  }
  text += '|';
}

}  // namespace talkback::graph
