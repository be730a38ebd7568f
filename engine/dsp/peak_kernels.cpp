#include "engine/dsp/peak_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "engine/dsp/kernel_widths.hpp"

namespace talkback::dsp {

namespace {

// Sums of this many points stay in registers.
template <class Value, std::size_t vectors>
TALKBACK_INLINE void middles_of(float* out, const float* x, const float* weights, int reach) noexcept {
  constexpr std::size_t kLanes = sizeof(Value) / sizeof(float);
  Value sum[vectors] = {};
  for (int k = 0; k < reach; ++k) {
    const float weight = weights[k];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < vectors; ++j)
      sum[j] += weight * (load_from<Value>(x + kLanes * j - k) + load_from<Value>(x + kLanes * j + k + 1));
  }
#pragma GCC unroll 8
  for (std::size_t j = 0; j < vectors; ++j) std::memcpy(out + kLanes * j, &sum[j], sizeof(Value));
}

// The sums of 32 points over sixteen pairs, by vectors that follow one another.
template <class Value, int... k>
TALKBACK_INLINE void add_sixteen_pairs(Value* sum, const float* weights, const Value* before, const Value* after,
                                       std::integer_sequence<int, k...>) noexcept {
  ((sum[0] += weights[k] * (between<16 - k>(before[0], before[1]) + between<k + 1>(after[0], after[1])),
    sum[1] += weights[k] * (between<16 - k>(before[1], before[2]) + between<k + 1>(after[1], after[2]))),
   ...);
}

template <class Value>
TALKBACK_INLINE void middles_of_two(float* out, const float* x, const float* weights, int reach) noexcept {
  Value sum[2] = {};
  Value before[3] = {Value{}, load_from<Value>(x), load_from<Value>(x + 16)};
  Value after[3] = {before[1], before[2], Value{}};
  for (int k = 0; k < reach; k += 16) {
    before[0] = load_from<Value>(x - k - 16);
    after[2] = load_from<Value>(x + k + 32);
    add_sixteen_pairs(sum, weights + k, before, after, std::make_integer_sequence<int, 16>());
    before[2] = before[1];
    before[1] = before[0];
    after[0] = after[1];
    after[1] = after[2];
  }
  std::memcpy(out, sum, sizeof sum);
}

template <int lanes>
TALKBACK_INLINE void middles_body(float* out, const float* x, const float* weights, int reach, int count) noexcept {
  using Value = typename Vector<lanes>::Type;
  int n = 0;
  if constexpr (lanes == 16) {
    for (; n + 32 <= count; n += 32) middles_of_two<Value>(out + n, x + n, weights, reach);
  } else {
    for (; n + 4 * lanes <= count; n += 4 * lanes) middles_of<Value, 4>(out + n, x + n, weights, reach);
  }
  for (; n < count; n += kPeakKernelFrames) middles_of<Vector<4>::Type, 2>(out + n, x + n, weights, reach);
}
TALKBACK_KERNEL_OF_LANES(middles, (float* out, const float* x, const float* weights, int reach, int count),
                         (out, x, weights, reach, count))

TALKBACK_INLINE void quarters_body(float* __restrict first, float* __restrict third, const float* __restrict x,
                                   const float* __restrict middle, const float* weights, int count) noexcept {
  const float w0 = weights[0];
  const float w1 = weights[1];
  const float w2 = weights[2];
  const float w3 = weights[3];
  const float w4 = weights[4];
  const float w5 = weights[5];
  for (int j = 0; j < count; ++j) {
    const float* a = x + j;
    const float* m = middle + j;
    float one = w0 * (a[0] + m[0]) + w1 * (m[-1] + a[1]);
    float three = w0 * (m[0] + a[1]) + w1 * (a[0] + m[1]);
    one += w2 * (a[-1] + m[1]) + w3 * (m[-2] + a[2]);
    three += w2 * (m[-1] + a[2]) + w3 * (a[-1] + m[2]);
    one += w4 * (a[-2] + m[2]) + w5 * (m[-3] + a[3]);
    three += w4 * (m[-2] + a[3]) + w5 * (a[-2] + m[3]);
    first[j] = one;
    third[j] = three;
  }
}
TALKBACK_KERNEL(quarters,
                (float* first, float* third, const float* x, const float* middle, const float* weights, int count),
                (first, third, x, middle, weights, count))

TALKBACK_INLINE float greater(float a, float b) noexcept { return a < b ? b : a; }

// The magnitude of the parabola through three neighbours, where its top lies between them.
TALKBACK_INLINE float top_of(float before, float here, float after) noexcept {
  const float curve = 0.5F * (before + after) - here;
  const float slope = 0.5F * (after - before);
  const bool is_top = (here * curve < 0.0F) & (std::abs(slope) < std::abs(curve));
  const float rise = is_top ? 0.25F * slope * slope : 0.0F;
  return std::abs(here - rise / (is_top ? curve : 1.0F));
}

TALKBACK_INLINE void tops_body(float* __restrict peaks, const float* __restrict x, const float* __restrict first,
                               const float* __restrict middle, const float* __restrict third, int count) noexcept {
  for (int j = 0; j < count; ++j) {
    const float a = greater(top_of(third[j - 1], x[j], first[j]), top_of(x[j], first[j], middle[j]));
    const float b = greater(top_of(first[j], middle[j], third[j]), top_of(middle[j], third[j], x[j + 1]));
    peaks[j] = greater(peaks[j], greater(a, b));
  }
}
TALKBACK_KERNEL(tops,
                (float* peaks, const float* x, const float* first, const float* middle, const float* third, int count),
                (peaks, x, first, middle, third, count))

// What is no number is not above anything.
template <class Value>
TALKBACK_INLINE Value greater_magnitude(Value found, const float* x) noexcept {
  const Value value = load_from<Value>(x);
  const Value magnitude = value < 0.0F ? -value : value;
  return found < magnitude ? magnitude : found;
}

template <int lanes>
TALKBACK_INLINE void greatest_body(float* result, const float* x, int count) noexcept {
  using Value = typename Vector<lanes>::Type;
  Value wide{};
  int n = 0;
  for (; n + lanes <= count; n += lanes) wide = greater_magnitude(wide, x + n);
  float found[sizeof wide / sizeof(float)];
  std::memcpy(found, &wide, sizeof wide);
  Vector<4>::Type four{};
  for (int i = 0; i < lanes; i += 4) four = greater_magnitude(four, found + i);
  for (; n + 4 <= count; n += 4) four = greater_magnitude(four, x + n);
  float greatest = greater(greater(four[0], four[1]), greater(four[2], four[3]));
  for (; n < count; ++n) greatest = greater(greatest, std::abs(x[n]));
  *result = greatest;
}
TALKBACK_KERNEL_OF_LANES(greatest, (float* result, const float* x, int count), (result, x, count))

template <int lanes>
TALKBACK_INLINE void least_body(float* result, const float* x, int count) noexcept {
  using Value = typename Vector<lanes>::Type;
  Value wide = x[0] - Value{};
  int n = 0;
  for (; n + lanes <= count; n += lanes) {
    const Value value = load_from<Value>(x + n);
    wide = value < wide ? value : wide;
  }
  float found[sizeof wide / sizeof(float)];
  std::memcpy(found, &wide, sizeof wide);
  Vector<4>::Type four = load_from<Vector<4>::Type>(found);
  for (int i = 4; i < lanes; i += 4) {
    const auto value = load_from<Vector<4>::Type>(found + i);
    four = value < four ? value : four;
  }
  float least = std::min(std::min(four[0], four[1]), std::min(four[2], four[3]));
  for (; n < count; ++n) least = std::min(least, x[n]);
  *result = least;
}
TALKBACK_KERNEL_OF_LANES(least, (float* result, const float* x, int count), (result, x, count))

}  // namespace

void find_middles(float* out, const float* x, const float* weights, int reach, int count) noexcept {
  TALKBACK_CALL(middles, (out, x, weights, reach, count));
}

void find_quarters(float* first, float* third, const float* x, const float* middle, const float* weights,
                   int count) noexcept {
  TALKBACK_CALL(quarters, (first, third, x, middle, weights, count));
}

void raise_to_tops(float* peaks, const float* x, const float* first, const float* middle, const float* third,
                   int count) noexcept {
  TALKBACK_CALL(tops, (peaks, x, first, middle, third, count));
}

float greatest_magnitude(const float* x, int count) noexcept {
  float result = 0.0F;
  TALKBACK_CALL(greatest, (&result, x, count));
  return result;
}

float least_of(const float* x, int count) noexcept {
  float result = 0.0F;
  TALKBACK_CALL(least, (&result, x, count));
  return result;
}

}  // namespace talkback::dsp
