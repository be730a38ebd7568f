#include "engine/timeline/bar_beat.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace talkback::timeline {
namespace {

struct Place {
  SignaturePoint signature;
  std::int64_t first_bar = 1;
};

std::int64_t bars_between(SignaturePoint from, TickPosition until) noexcept {
  const std::int64_t bar = bar_length(from).count;
  return ((until - from.position).count + bar - 1) / bar;
}

template <class Predicate>
Place last_place_where(const TempoMap& map, Predicate holds) noexcept {
  Place place{map.signatures().front(), 1};
  for (std::size_t i = 1; i < map.signatures().size(); ++i) {
    const SignaturePoint next = map.signatures()[i];
    const std::int64_t bar = place.first_bar + bars_between(place.signature, next.position);
    if (!holds(next, bar)) break;
    place = {next, bar};
  }
  return place;
}

// Reads a number from 0 on and moves past it and a following dot.
std::optional<std::int64_t> take_number(std::string_view& text) noexcept {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.empty()) return number;
  if (text.front() != '.' || text.size() == 1) return std::nullopt;
  text.remove_prefix(1);
  return number;
}

}  // namespace

BarBeat bar_beat_at(const TempoMap& map, TickPosition position) noexcept {
  const Place place =
      last_place_where(map, [&](SignaturePoint next, std::int64_t) { return next.position <= position; });
  const std::int64_t since = (position - place.signature.position).count;
  const std::int64_t bar = bar_length(place.signature).count;
  const std::int64_t beat = beat_length(place.signature).count;
  const std::int64_t in_bar = since % bar;
  return {place.first_bar + since / bar, static_cast<int>(in_bar / beat) + 1, Ticks{in_bar % beat}};
}

TickPosition tick_of_bar(const TempoMap& map, std::int64_t bar) noexcept {
  const Place place = last_place_where(map, [&](SignaturePoint, std::int64_t first) { return first <= bar; });
  return place.signature.position + bar_length(place.signature) * (bar - place.first_bar);
}

std::string to_text(const TempoMap& map, TickPosition position) {
  const BarBeat at = bar_beat_at(map, position);
  if (at.rest == Ticks{0}) {
    if (at.beat == 1) return std::to_string(at.bar);
    return std::to_string(at.bar) + "." + std::to_string(at.beat);
  }
  const Place place =
      last_place_where(map, [&](SignaturePoint next, std::int64_t) { return next.position <= position; });
  const double fraction =
      static_cast<double>(at.rest.count) * kBeatFractions / static_cast<double>(beat_length(place.signature).count);
  char text[64];
  if (fraction == std::floor(fraction))
    std::snprintf(text, sizeof text, "%lld.%d.%.0f", static_cast<long long>(at.bar), at.beat, fraction);
  else
    std::snprintf(text, sizeof text, "%lld.%d.%.2f", static_cast<long long>(at.bar), at.beat, fraction);
  return text;
}

std::optional<TickPosition> position_from_text(const TempoMap& map, std::string_view text) noexcept {
  const auto bar = take_number(text);
  if (!bar || *bar < 1 || *bar > 1'000'000) return std::nullopt;
  const TickPosition start = tick_of_bar(map, *bar);
  if (text.empty()) return start;
  const auto beat = take_number(text);
  const Place place = last_place_where(map, [&](SignaturePoint next, std::int64_t) { return next.position <= start; });
  if (!beat || *beat < 1 || *beat > place.signature.numerator) return std::nullopt;
  const Ticks beat_ticks = beat_length(place.signature);
  const TickPosition at_beat = start + beat_ticks * (*beat - 1);
  if (text.empty()) return at_beat;
  double fraction = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fraction);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(fraction >= 0.0 && fraction < kBeatFractions)) return std::nullopt;
  return at_beat + Ticks{std::llround(fraction * static_cast<double>(beat_ticks.count) / kBeatFractions)};
}

}  // namespace talkback::timeline
