#include "engine/timeline/tempo_map.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

namespace talkback::timeline {
namespace {

double quarters_of(Ticks length) noexcept {
  return static_cast<double>(length.count) / static_cast<double>(kTicksPerQuarter);
}

// Seconds for `quarters` from a place with tempo `bpm` that changes by `slope` bpm a quarter:
// the integral of 60 / (bpm + slope q) dq = 60 / slope * ln(1 + slope quarters / bpm).
double seconds_of_quarters(double quarters, double bpm, double slope) noexcept {
  if (slope == 0.0) return 60.0 * quarters / bpm;
  return 60.0 / slope * std::log1p(slope * quarters / bpm);
}

// The inverse of seconds_of_quarters.
double quarters_of_seconds(double seconds, double bpm, double slope) noexcept {
  if (slope == 0.0) return seconds * bpm / 60.0;
  return bpm / slope * std::expm1(seconds * slope / 60.0);
}

bool is_supported(SignaturePoint point) noexcept {
  return point.numerator >= 1 && point.numerator <= 64 && point.denominator >= 1 && point.denominator <= 64 &&
         std::has_single_bit(static_cast<unsigned>(point.denominator));
}

// Sorts by position, keeps the last of equal positions, and makes sure of one at or before 0.
template <class Point>
void arrange(std::vector<Point>& points) {
  std::ranges::stable_sort(points, {}, &Point::position);
  std::vector<Point> kept;
  for (const Point& point : points) {
    if (!kept.empty() && kept.back().position == point.position)
      kept.back() = point;
    else
      kept.push_back(point);
  }
  if (kept.empty() || kept.front().position > TickPosition{0}) kept.insert(kept.begin(), Point{});
  points = std::move(kept);
}

}  // namespace

Result<TempoMap> TempoMap::create(SampleRate rate, std::vector<TempoPoint> tempos,
                                  std::vector<SignaturePoint> signatures) {
  if (!talkback::is_supported(rate))
    return Error{ErrorCode::invalid, "sample rate " + std::to_string(rate.hz) + " Hz is not supported; use " +
                                         std::to_string(kSampleRateHzMin) + " to " + std::to_string(kSampleRateHzMax)};
  for (const TempoPoint& point : tempos)
    if (!(point.bpm >= kTempoBpmMin && point.bpm <= kTempoBpmMax))
      return Error{ErrorCode::invalid, "tempo " + std::to_string(point.bpm) + " bpm is not supported; use 10 to 960"};
  for (const SignaturePoint& point : signatures)
    if (!is_supported(point))
      return Error{ErrorCode::invalid, "time signature " + std::to_string(point.numerator) + "/" +
                                           std::to_string(point.denominator) + " is not supported"};
  arrange(tempos);
  arrange(signatures);

  TempoMap map;
  map.rate_ = rate;
  map.signatures_ = std::move(signatures);
  double seconds = 0.0;
  for (std::size_t i = 0; i < tempos.size(); ++i) {
    Segment segment{tempos[i].position, seconds, tempos[i].bpm, 0.0};
    if (i + 1 < tempos.size()) {
      const double quarters = quarters_of(tempos[i + 1].position - tempos[i].position);
      if (tempos[i].ramp) segment.bpm_per_quarter = (tempos[i + 1].bpm - tempos[i].bpm) / quarters;
      seconds += seconds_of_quarters(quarters, segment.bpm, segment.bpm_per_quarter);
    }
    map.segments_.push_back(segment);
  }
  return map;
}

const TempoMap::Segment& TempoMap::segment_at(TickPosition position) const noexcept {
  const auto after = std::ranges::upper_bound(segments_, position, {}, &Segment::start);
  return after == segments_.begin() ? segments_.front() : *std::prev(after);
}

const TempoMap::Segment& TempoMap::segment_at_seconds(double seconds) const noexcept {
  const auto after = std::ranges::upper_bound(segments_, seconds, {}, &Segment::start_seconds);
  return after == segments_.begin() ? segments_.front() : *std::prev(after);
}

double TempoMap::seconds_at(TickPosition position) const noexcept {
  const Segment& segment = segment_at(position);
  const double slope = position < segment.start ? 0.0 : segment.bpm_per_quarter;
  return segment.start_seconds + seconds_of_quarters(quarters_of(position - segment.start), segment.bpm, slope);
}

double TempoMap::bpm_at(TickPosition position) const noexcept {
  const Segment& segment = segment_at(position);
  if (position < segment.start) return segment.bpm;
  return segment.bpm + segment.bpm_per_quarter * quarters_of(position - segment.start);
}

FramePosition TempoMap::frame_at(TickPosition position) const noexcept {
  return FramePosition{std::llround(seconds_at(position) * rate_.hz)};
}

TickPosition TempoMap::tick_at(FramePosition position) const noexcept {
  const double seconds = static_cast<double>(position.count) / rate_.hz;
  const Segment& segment = segment_at_seconds(seconds);
  const double since = seconds - segment.start_seconds;
  const double slope = since < 0.0 ? 0.0 : segment.bpm_per_quarter;
  const double quarters = quarters_of_seconds(since, segment.bpm, slope);
  return segment.start + Ticks{std::llround(quarters * static_cast<double>(kTicksPerQuarter))};
}

}  // namespace talkback::timeline
