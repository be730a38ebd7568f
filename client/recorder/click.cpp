#include "client/recorder/click.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/timeline/bar_beat.hpp"

namespace talkback::recorder {
namespace {

constexpr double kBarHz = 1'500.0;
constexpr double kBeatHz = 1'000.0;
constexpr double kDecaySeconds = 0.008;
constexpr double kLengthSeconds = 0.06;
constexpr float kLevel = 0.5F;  // -6 dBFS

timeline::SignaturePoint signature_at(const timeline::TempoMap& map, TickPosition position) {
  timeline::SignaturePoint found = map.signatures().front();
  for (const timeline::SignaturePoint& point : map.signatures())
    if (point.position <= position) found = point;
  return found;
}

}  // namespace

Click::Click(const timeline::TempoMap& map, TickPosition first, TickPosition last, int count_in_bars)
    : rate_(map.rate()) {
  const timeline::SignaturePoint signature = signature_at(map, first);
  const double beat_seconds = 60.0 / map.bpm_at(first) * 4.0 / signature.denominator;
  const int beats = count_in_bars * signature.numerator;
  count_in_ = Frames{std::llround(beats * beat_seconds * rate_.hz)};
  for (int i = 0; i < beats; ++i)
    beats_.push_back({FramePosition{std::llround(i * beat_seconds * rate_.hz)}, i % signature.numerator == 0});
  const FramePosition start = map.frame_at(first);
  for (TickPosition at = first; at < last;) {
    const timeline::BarBeat place = timeline::bar_beat_at(map, at);
    const Ticks beat = timeline::beat_length(signature_at(map, at));
    if (place.rest == Ticks{0})
      beats_.push_back({FramePosition{0} + count_in_ + (map.frame_at(at) - start), place.beat == 1});
    at += beat - place.rest;
  }
}

void Click::add(FramePosition position, AudioBlock block) const noexcept {
  const auto tone_frames = Frames{static_cast<std::int64_t>(kLengthSeconds * rate_.hz)};
  const auto from = std::ranges::lower_bound(beats_, position - tone_frames, {}, &Beat::position);
  for (auto beat = from; beat != beats_.end(); ++beat) {
    const std::int64_t offset = (beat->position - position).count;
    if (offset >= block.frame_count()) break;
    const double step = 2.0 * std::numbers::pi * (beat->is_bar ? kBarHz : kBeatHz) / rate_.hz;
    for (std::int64_t f = std::max<std::int64_t>(offset, 0); f < block.frame_count(); ++f) {
      const auto age = static_cast<double>(f - offset);
      if (age >= static_cast<double>(tone_frames.count)) break;
      const auto value = static_cast<float>(std::cos(step * age) * std::exp(-age / (kDecaySeconds * rate_.hz)));
      for (int c = 0; c < block.channel_count(); ++c) block.channel(c)[static_cast<std::size_t>(f)] += kLevel * value;
    }
  }
}

}  // namespace talkback::recorder
