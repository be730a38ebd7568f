#include "engine/effects/reverb_lines.hpp"

#include <cstdint>
#include <cstring>

#include "engine/dsp/vectorise.hpp"

namespace talkback::effects {

namespace {

constexpr int kLanes = 4;
using Lanes = double __attribute__((vector_size(32)));
using Order = std::int64_t __attribute__((vector_size(32)));

[[gnu::always_inline]] inline void load(Lanes& lanes, const double* from) noexcept {
  std::memcpy(&lanes, from, sizeof lanes);
}

[[gnu::always_inline]] inline void store(const Lanes& lanes, double* to) noexcept {
  std::memcpy(to, &lanes, sizeof lanes);
}

// Rows become columns.
[[gnu::always_inline]] inline void transpose(Lanes* rows) noexcept {
  const Lanes low01 = __builtin_shuffle(rows[0], rows[1], Order{0, 4, 2, 6});
  const Lanes high01 = __builtin_shuffle(rows[0], rows[1], Order{1, 5, 3, 7});
  const Lanes low23 = __builtin_shuffle(rows[2], rows[3], Order{0, 4, 2, 6});
  const Lanes high23 = __builtin_shuffle(rows[2], rows[3], Order{1, 5, 3, 7});
  rows[0] = __builtin_shuffle(low01, low23, Order{0, 1, 4, 5});
  rows[1] = __builtin_shuffle(high01, high23, Order{0, 1, 4, 5});
  rows[2] = __builtin_shuffle(low01, low23, Order{2, 3, 6, 7});
  rows[3] = __builtin_shuffle(high01, high23, Order{2, 3, 6, 7});
}

// One frame of four lines.
[[gnu::always_inline]] inline void filter_frame(const ReverbAbsorption& filter, std::size_t line, Lanes& x, Lanes& s1,
                                                Lanes& s2) noexcept {
  Lanes b0, c1, c2, a1, a2;
  load(b0, filter.b0.data() + line);
  load(c1, filter.c1.data() + line);
  load(c2, filter.c2.data() + line);
  load(a1, filter.a1.data() + line);
  load(a2, filter.a2.data() + line);
  const Lanes y = b0 * x + s1;
  const Lanes next = (c1 * x + s2) - a1 * s1;
  s2 = c2 * x - a2 * s1;
  s1 = next;
  x = y;
}

// Four frames of four lines, of which the first `frames` count.
[[gnu::always_inline]] inline void filter_square(ReverbAbsorption& filter,
                                                 const std::array<const double*, kReverbLines>& from, ReverbTile& tile,
                                                 std::size_t line, std::size_t first, int frames) noexcept {
  Lanes square[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) load(square[i], from[line + i] + first);
  transpose(square);
  Lanes s1, s2;
  load(s1, filter.s1.data() + line);
  load(s2, filter.s2.data() + line);
  for (int n = 0; n < frames; ++n) filter_frame(filter, line, square[n], s1, s2);
  store(s1, filter.s1.data() + line);
  store(s2, filter.s2.data() + line);
  transpose(square);
  for (std::size_t i = 0; i < kLanes; ++i) store(square[i], tile.lines[line + i].data() + first);
}

// Sums and differences of four lines: two steps of the transform at once.
[[gnu::always_inline]] inline void mix_four(ReverbTile& tile, std::size_t line, std::size_t distance) noexcept {
  double* a = tile.lines[line].data();
  double* b = tile.lines[line + distance].data();
  double* c = tile.lines[line + 2 * distance].data();
  double* d = tile.lines[line + 3 * distance].data();
  for (std::size_t n = 0; n < kTileFrames; ++n) {
    const double sum = a[n] + b[n];
    const double difference = a[n] - b[n];
    const double other_sum = c[n] + d[n];
    const double other_difference = c[n] - d[n];
    a[n] = sum + other_sum;
    b[n] = difference + other_difference;
    c[n] = sum - other_sum;
    d[n] = difference - other_difference;
  }
}

TALKBACK_VECTORISE void absorb_all(ReverbAbsorption& filter, const std::array<const double*, kReverbLines>& from,
                                   ReverbTile& tile, int frames) noexcept {
  int first = 0;
  for (; first + kLanes <= frames; first += kLanes) {
    for (std::size_t line = 0; line < kReverbLines; line += kLanes)
      filter_square(filter, from, tile, line, static_cast<std::size_t>(first), kLanes);
  }
  if (first == frames) return;
  for (std::size_t line = 0; line < kReverbLines; line += kLanes)
    filter_square(filter, from, tile, line, static_cast<std::size_t>(first), frames - first);
}

TALKBACK_VECTORISE void mix_all(ReverbTile& tile) noexcept {
  for (std::size_t line = 0; line < kReverbLines; line += 4) mix_four(tile, line, 1);
  for (std::size_t line = 0; line < 4; ++line) mix_four(tile, line, 4);
}

TALKBACK_VECTORISE void feed_line(const double* line, const float* input, double scale, double feed,
                                  double* to) noexcept {
  for (std::size_t n = 0; n < kTileFrames; ++n) to[n] = line[n] * scale + feed * static_cast<double>(input[n]);
}

TALKBACK_VECTORISE void diffuse_all(float* __restrict sound, float* __restrict past, float k, int frames) noexcept {
  for (int n = 0; n < frames; ++n) {
    const float inner = sound[n] - k * past[n];
    sound[n] = past[n] + k * inner;
    past[n] = inner;
  }
}

TALKBACK_VECTORISE void hear_all(const double* __restrict left, const double* __restrict right,
                                 const float* __restrict level, const float* __restrict width,
                                 const float* __restrict mix, float sign, float* __restrict sound,
                                 int frames) noexcept {
  for (int n = 0; n < frames; ++n) {
    const float middle = static_cast<float>(left[n] + right[n]) * 0.5F * level[n];
    const float side = static_cast<float>(left[n] - right[n]) * 0.5F * level[n] * width[n];
    sound[n] = sound[n] * (1.0F - mix[n]) + (middle + sign * side) * mix[n];
  }
}

}  // namespace

void absorb(ReverbAbsorption& filter, const std::array<const double*, kReverbLines>& from, ReverbTile& tile,
            int frames) noexcept {
  absorb_all(filter, from, tile, frames);
}

void mix_lines(ReverbTile& tile) noexcept { mix_all(tile); }

void feed_lines(const ReverbTile& tile, const float* left, const float* right, double scale, double feed,
                const std::array<double*, kReverbLines>& to) noexcept {
  for (std::size_t i = 0; i < kReverbLines; ++i) {
    const double sign = (i / 2) % 3 == 1 ? -feed : feed;
    feed_line(tile.lines[i].data(), i % 2 == 0 ? left : right, scale, sign, to[i]);
  }
}

void diffuse(float* sound, float* past, float k, int frames) noexcept { diffuse_all(sound, past, k, frames); }

void hear(const double* left, const double* right, const float* level, const float* width, const float* mix,
          bool is_right, float* sound, int frames) noexcept {
  hear_all(left, right, level, width, mix, is_right ? -1.0F : 1.0F, sound, frames);
}

}  // namespace talkback::effects
