// Positions and lengths in time, as 64-bit integers whose unit is their type.
//
// A length (Frames, Ticks) may be added to a length or to a position; two positions cannot be
// added, and frames never meet ticks: only timeline::TempoMap converts between them.
#pragma once

#include <compare>
#include <cstdint>

namespace talkback {

// A length counted in one unit. Tag makes Frames and Ticks different types.
template <class Tag>
struct Length {
  std::int64_t count = 0;

  friend constexpr auto operator<=>(Length, Length) = default;
  friend constexpr Length operator+(Length a, Length b) { return {a.count + b.count}; }
  friend constexpr Length operator-(Length a, Length b) { return {a.count - b.count}; }
  friend constexpr Length operator-(Length a) { return {-a.count}; }
  friend constexpr Length operator*(Length a, std::int64_t factor) { return {a.count * factor}; }
  constexpr Length& operator+=(Length b) {
    count += b.count;
    return *this;
  }
  constexpr Length& operator-=(Length b) {
    count -= b.count;
    return *this;
  }
};

// A point counted from the start of the session (or, where a name says so, of its parent).
template <class Tag>
struct Position {
  std::int64_t count = 0;

  friend constexpr auto operator<=>(Position, Position) = default;
  friend constexpr Position operator+(Position a, Length<Tag> b) { return {a.count + b.count}; }
  friend constexpr Position operator-(Position a, Length<Tag> b) { return {a.count - b.count}; }
  friend constexpr Length<Tag> operator-(Position a, Position b) { return {a.count - b.count}; }
  constexpr Position& operator+=(Length<Tag> b) {
    count += b.count;
    return *this;
  }
};

struct FrameTag;
struct TickTag;

using Frames = Length<FrameTag>;  // one frame = one value per channel
using FramePosition = Position<FrameTag>;
using Ticks = Length<TickTag>;
using TickPosition = Position<TickTag>;

// Ticks in a quarter note: 2^10 * 3^2 * 5^2 * 7. Every MIDI division up to 15360 that is a power of
// two times 15, triplets, quintuplets and septuplets are whole numbers of it; and a tick is shorter
// than a frame down to kTempoBpmMin at kSampleRateHzMax, so frame positions survive the way through ticks.
inline constexpr std::int64_t kTicksPerQuarter = 1'612'800;

inline constexpr double kTempoBpmMin = 10.0;
inline constexpr double kTempoBpmMax = 960.0;

}  // namespace talkback
