// The work on all lines of a reverb's network at once, in vectors: a tile is kTileFrames frames of each line.
#pragma once

#include <array>

namespace talkback::effects {

inline constexpr int kReverbLines = 16;
inline constexpr int kTileFrames = 32;

// [line][frame]
struct alignas(32) ReverbTile {
  std::array<std::array<double, kTileFrames>, kReverbLines> lines{};
};

// A second-order filter a line, [line] of each; as dsp/biquad.hpp has it where coefficients stand still:
//   y = b0 x + s1;  s1 = (c1 x + s2) - a1 s1;  s2 = c2 x - a2 s1
struct alignas(32) ReverbAbsorption {
  using Row = std::array<double, kReverbLines>;
  Row b0{}, c1{}, c2{}, a1{}, a2{}, s1{}, s2{};
};

// frames: the first of the tile; what lies behind them is undefined afterwards. [audio-thread]
void absorb(ReverbAbsorption& filter, ReverbTile& tile, int frames) noexcept;

// Fast Walsh-Hadamard transform over the lines of every frame, not scaled. [audio-thread]
void mix_lines(ReverbTile& tile) noexcept;

// lines = scale * lines + feed * input; even lines take the left input, odd ones the right. Signs alternate in pairs,
// so that the inputs are not rows of the matrix themselves. input: kTileFrames each. [audio-thread]
void feed_lines(ReverbTile& tile, const float* left, const float* right, double scale, double feed) noexcept;

}  // namespace talkback::effects
