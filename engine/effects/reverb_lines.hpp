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

// from: kTileFrames of each line, in the tile or elsewhere. frames: the first of them; what lies behind is undefined
// afterwards. [audio-thread]
void absorb(ReverbAbsorption& filter, const std::array<const double*, kReverbLines>& from, ReverbTile& tile,
            int frames) noexcept;

// Fast Walsh-Hadamard transform over the lines of every frame, not scaled. [audio-thread]
void mix_lines(ReverbTile& tile) noexcept;

// to = scale * lines + feed * input; even lines take the left input, odd ones the right. Signs alternate in pairs,
// so that the inputs are not rows of the matrix themselves. to, input: kTileFrames each; a line may be its own `to`.
// [audio-thread]
void feed_lines(const ReverbTile& tile, const float* left, const float* right, double scale, double feed,
                const std::array<double*, kReverbLines>& to) noexcept;

// An all-pass (k + z^-d) / (1 + k z^-d), at most d frames of it: inner = sound - k past; sound = past + k inner. past:
// what leaves its line, and afterwards inner, which enters it. [audio-thread]
void diffuse(float* sound, float* past, float k, int frames) noexcept;

// What is heard of two rows of the tile, mixed into one channel: sound (1 - mix) + (middle +- side) mix, where the
// middle is scaled by level, the side by level and width. level, width, mix: of each frame. [audio-thread]
void hear(const double* left, const double* right, const float* level, const float* width, const float* mix,
          bool is_right, float* sound, int frames) noexcept;

}  // namespace talkback::effects
