// Bars and beats as musicians count them, from 1, and their way to and from ticks.
//
// A signature change starts a new bar wherever it stands; the bar before it may so be cut short.
// Written form: "17", "17.3" or "17.3.480": bar, beat, 960ths of a beat.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/timeline/tempo_map.hpp"

namespace talkback::timeline {

inline constexpr int kBeatFractions = 960;

struct BarBeat {
  std::int64_t bar = 1;
  int beat = 1;
  Ticks rest;  // from the beat

  friend bool operator==(const BarBeat&, const BarBeat&) = default;
};

// position: not negative.
BarBeat bar_beat_at(const TempoMap& map, TickPosition position) noexcept;

// The tick of a bar's first beat; bar counts from 1.
TickPosition tick_of_bar(const TempoMap& map, std::int64_t bar) noexcept;

// "17", "17.3" or "17.3.480"; a rest that is no whole 960th gets decimals: "17.3.480.25".
std::string to_text(const TempoMap& map, TickPosition position);

// nullopt unless the text is in the written form, names a beat that its bar has, and counts from 1.
std::optional<TickPosition> position_from_text(const TempoMap& map, std::string_view text) noexcept;

}  // namespace talkback::timeline
