#include "engine/dsp/vector_kernels.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/dsp/kernel_widths.hpp"

namespace talkback::dsp {

namespace {

using Lanes = Vector<4>::Type;

template <class Value>
struct Complex {
  Value re;
  Value im;
};
// From and to anywhere in memory.
template <class Value>
TALKBACK_INLINE Complex<Value> load(const float* re, const float* im) noexcept {
  Complex<Value> value;
  std::memcpy(&value.re, re, sizeof(Value));
  std::memcpy(&value.im, im, sizeof(Value));
  return value;
}
template <class Value>
TALKBACK_INLINE void store(float* re, float* im, Complex<Value> value) noexcept {
  std::memcpy(re, &value.re, sizeof(Value));
  std::memcpy(im, &value.im, sizeof(Value));
}

template <class Value>
TALKBACK_INLINE Complex<Value> operator+(Complex<Value> a, Complex<Value> b) noexcept {
  return {a.re + b.re, a.im + b.im};
}
template <class Value>
TALKBACK_INLINE Complex<Value> operator-(Complex<Value> a, Complex<Value> b) noexcept {
  return {a.re - b.re, a.im - b.im};
}
template <class Value, class Factor>
TALKBACK_INLINE Complex<Value> times(Complex<Value> a, Factor re, Factor im) noexcept {
  return {a.re * re - a.im * im, a.re * im + a.im * re};
}
template <class Value>
struct Four {
  Complex<Value> y0, y1, y2, y3;
};

// Four points, the last three still to be turned.
template <class Value>
TALKBACK_INLINE Four<Value> butterfly(Complex<Value> a, Complex<Value> b, Complex<Value> c, Complex<Value> d) noexcept {
  const Complex<Value> sum = a + c;
  const Complex<Value> difference = a - c;
  const Complex<Value> other_sum = b + d;
  const Complex<Value> other = b - d;
  return {sum + other_sum,
          {difference.re + other.im, difference.im - other.re},
          sum - other_sum,
          {difference.re - other.im, difference.im + other.re}};
}

// Lane by lane, from which of those of a and b, one after the other, it comes.
template <class Order, class Value, int... lane>
TALKBACK_INLINE Value pick_lanes(Value a, Value b, std::integer_sequence<int, lane...>) noexcept {
  return __builtin_shufflevector(a, b, Order::from(lane, sizeof...(lane))...);
}
template <class Order, class Value>
TALKBACK_INLINE Value pick(Value a, Value b) noexcept {
  return pick_lanes<Order>(a, b, std::make_integer_sequence<int, sizeof(Value) / sizeof(float)>());
}

// In each block of four lanes: two neighbours of a with two of b, by turns.
template <int first>
struct ByTurns {
  static constexpr int from(int lane, int lanes) noexcept {
    return lane / 4 * 4 + first + lane % 4 / 2 + lane % 2 * lanes;
  }
};
// In each block: two lanes of a, then two of b.
template <int first>
struct Halves {
  static constexpr int from(int lane, int lanes) noexcept {
    return lane / 4 * 4 + first + lane % 2 + lane % 4 / 2 * lanes;
  }
};
// Blocks of a that lie `step` apart, then as many of b.
template <int first, int step>
struct Blocks {
  static constexpr int from(int lane, int lanes) noexcept {
    const int block = lane / 4;
    const int half = lanes / 8;
    return 4 * (first + block % half * step) + lane % 4 + block / half * lanes;
  }
};

template <class Value>
TALKBACK_INLINE void store_four(float* to, Value a, Value b, Value c, Value d) noexcept {
  constexpr int kLanes = sizeof(Value) / sizeof(float);
  std::memcpy(to, &a, sizeof a);
  std::memcpy(to + kLanes, &b, sizeof b);
  std::memcpy(to + 2 * kLanes, &c, sizeof c);
  std::memcpy(to + 3 * kLanes, &d, sizeof d);
}

// The first block of each, then the second of each ...
template <class Value>
TALKBACK_INLINE void store_blocks(float* to, Value a, Value b, Value c, Value d) noexcept {
  if constexpr (sizeof(Value) == sizeof(float) * 4) {
    store_four(to, a, b, c, d);
  } else if constexpr (sizeof(Value) == sizeof(float) * 8) {
    store_four(to, pick<Blocks<0, 1>>(a, b), pick<Blocks<0, 1>>(c, d), pick<Blocks<1, 1>>(a, b),
               pick<Blocks<1, 1>>(c, d));
  } else {
    const Value ab_low = pick<Blocks<0, 1>>(a, b);
    const Value ab_high = pick<Blocks<2, 1>>(a, b);
    const Value cd_low = pick<Blocks<0, 1>>(c, d);
    const Value cd_high = pick<Blocks<2, 1>>(c, d);
    store_four(to, pick<Blocks<0, 2>>(ab_low, cd_low), pick<Blocks<1, 2>>(ab_low, cd_low),
               pick<Blocks<0, 2>>(ab_high, cd_high), pick<Blocks<1, 2>>(ab_high, cd_high));
  }
}

// The first lane of each, then the second of each ...
template <class Value>
TALKBACK_INLINE void store_transposed(float* to, Value a, Value b, Value c, Value d) noexcept {
  const Value ab_low = pick<ByTurns<0>>(a, b);
  const Value ab_high = pick<ByTurns<2>>(a, b);
  const Value cd_low = pick<ByTurns<0>>(c, d);
  const Value cd_high = pick<ByTurns<2>>(c, d);
  store_blocks(to, pick<Halves<0>>(ab_low, cd_low), pick<Halves<2>>(ab_low, cd_low), pick<Halves<0>>(ab_high, cd_high),
               pick<Halves<2>>(ab_high, cd_high));
}

// The four neighbours of a butterfly, `apart` from each other.
template <class Value>
TALKBACK_INLINE Four<Value> load_butterfly(const float* re, const float* im, int apart) noexcept {
  return butterfly(load<Value>(re, im), load<Value>(re + apart, im + apart),
                   load<Value>(re + 2 * apart, im + 2 * apart), load<Value>(re + 3 * apart, im + 3 * apart));
}

// The first pass: the points of one vector are neighbours, and go to places four apart.
template <class Value>
TALKBACK_INLINE void first_pass(const FftPass& pass, const float* re, const float* im, float* to_re,
                                float* to_im) noexcept {
  constexpr int kTogether = sizeof(Value) / sizeof(float);
  const int quarter = pass.length / 4;
  const float* w_re = pass.re.data();
  const float* w_im = pass.im.data();
  for (int p = 0; p < quarter; p += kTogether) {
    const Four<Value> four = load_butterfly<Value>(re + p, im + p, quarter);
    const Complex<Value> w1 = load<Value>(w_re + p, w_im + p);
    const Complex<Value> w2 = load<Value>(w_re + quarter + p, w_im + quarter + p);
    const Complex<Value> w3 = load<Value>(w_re + 2 * quarter + p, w_im + 2 * quarter + p);
    const Complex<Value> y1 = times(four.y1, w1.re, w1.im);
    const Complex<Value> y2 = times(four.y2, w2.re, w2.im);
    const Complex<Value> y3 = times(four.y3, w3.re, w3.im);
    store_transposed(to_re + 4 * p, four.y0.re, y1.re, y2.re, y3.re);
    store_transposed(to_im + 4 * p, four.y0.im, y1.im, y2.im, y3.im);
  }
}

// Each of the next values for four lanes. Others behind them are read as well.
struct Spread {
  static constexpr int from(int lane, int) noexcept { return lane / 4; }
};
template <class Value>
TALKBACK_INLINE Complex<Value> load_spread(const float* re, const float* im) noexcept {
  const auto near = load<Value>(re, im);
  return {pick<Spread>(near.re, near.re), pick<Spread>(near.im, near.im)};
}

// The second pass, of four transforms side by side: a vector has several points of them.
template <class Value>
TALKBACK_INLINE void second_pass(const FftPass& pass, const float* re, const float* im, float* to_re,
                                 float* to_im) noexcept {
  constexpr int kPoints = sizeof(Value) / sizeof(float) / 4;
  const int quarter = pass.length / 4;
  const float* w_re = pass.re.data();
  const float* w_im = pass.im.data();
  for (int p = 0; p < quarter; p += kPoints) {
    const Four<Value> four = load_butterfly<Value>(re + 4 * p, im + 4 * p, 4 * quarter);
    const Complex<Value> w1 = load_spread<Value>(w_re + p, w_im + p);
    const Complex<Value> w2 = load_spread<Value>(w_re + quarter + p, w_im + quarter + p);
    const Complex<Value> w3 = load_spread<Value>(w_re + 2 * quarter + p, w_im + 2 * quarter + p);
    const Complex<Value> y1 = times(four.y1, w1.re, w1.im);
    const Complex<Value> y2 = times(four.y2, w2.re, w2.im);
    const Complex<Value> y3 = times(four.y3, w3.re, w3.im);
    store_blocks(to_re + 16 * p, four.y0.re, y1.re, y2.re, y3.re);
    store_blocks(to_im + 16 * p, four.y0.im, y1.im, y2.im, y3.im);
  }
}

// Value: as many neighbours of the transforms side by side as are taken at once; one where they are few.
template <class Value>
TALKBACK_INLINE void later_pass(const FftPass& pass, const float* re, const float* im, float* to_re,
                                float* to_im) noexcept {
  constexpr int kTogether = sizeof(Value) / sizeof(float);
  const int quarter = pass.length / 4;
  const int stride = pass.stride;
  const int apart = stride * quarter;
  const float* w_re = pass.re.data();
  const float* w_im = pass.im.data();
  for (int p = 0; p < quarter; ++p) {
    const Complex<float> w1{w_re[p], w_im[p]};
    const Complex<float> w2{w_re[p + quarter], w_im[p + quarter]};
    const Complex<float> w3{w_re[p + 2 * quarter], w_im[p + 2 * quarter]};
    for (int q = 0; q < stride; q += kTogether) {
      const int from = stride * p + q;
      const int to = 4 * stride * p + q;
      const Four<Value> four = load_butterfly<Value>(re + from, im + from, apart);
      store(to_re + to, to_im + to, four.y0);
      store(to_re + to + stride, to_im + to + stride, times(four.y1, w1.re, w1.im));
      store(to_re + to + 2 * stride, to_im + to + 2 * stride, times(four.y2, w2.re, w2.im));
      store(to_re + to + 3 * stride, to_im + to + 3 * stride, times(four.y3, w3.re, w3.im));
    }
  }
}

template <class Value>
TALKBACK_INLINE void pass_of_two(int half, const float* re, const float* im, float* to_re, float* to_im) noexcept {
  for (int q = 0; q < half; q += static_cast<int>(sizeof(Value) / sizeof(float))) {
    const auto a = load<Value>(re + q, im + q);
    const auto b = load<Value>(re + q + half, im + q + half);
    store(to_re + q, to_im + q, a + b);
    store(to_re + q + half, to_im + q + half, a - b);
  }
}

template <int lanes>
TALKBACK_INLINE void run_pass(const FftPass& pass, const float* re, const float* im, float* to_re,
                              float* to_im) noexcept {
  using Value = typename Vector<lanes>::Type;
  const bool is_wide = pass.stride >= lanes;
  if (pass.length == 2) {
    is_wide ? pass_of_two<Value>(pass.stride, re, im, to_re, to_im)
            : pass_of_two<float>(pass.stride, re, im, to_re, to_im);
  } else if (is_wide) {
    later_pass<Value>(pass, re, im, to_re, to_im);
  } else if (pass.stride == 1 && pass.length >= 4 * lanes) {
    first_pass<Value>(pass, re, im, to_re, to_im);
  } else if (pass.stride == 1 && pass.length >= 16) {
    first_pass<Lanes>(pass, re, im, to_re, to_im);
  } else if (pass.stride == 4 && pass.length >= lanes) {
    second_pass<Value>(pass, re, im, to_re, to_im);
  } else if (pass.stride >= 4) {
    later_pass<Lanes>(pass, re, im, to_re, to_im);
  } else {
    later_pass<float>(pass, re, im, to_re, to_im);
  }
}

template <int lanes>
TALKBACK_INLINE void fft_of_width(std::span<const FftPass> passes, float* re, float* im, float* scratch_re,
                                  float* scratch_im) noexcept {
  const std::size_t pairs = passes.size() / 2;
  for (std::size_t i = 0; i < pairs; ++i) {
    run_pass<lanes>(passes[2 * i], re, im, scratch_re, scratch_im);
    run_pass<lanes>(passes[2 * i + 1], scratch_re, scratch_im, re, im);
  }
  // The last takes every point from where it puts one.
  if (passes.size() % 2 == 1) run_pass<lanes>(passes.back(), re, im, re, im);
}

#define TALKBACK_FFT_PARAMETERS \
  (std::span<const FftPass> passes, float* re, float* im, float* scratch_re, float* scratch_im)
#define TALKBACK_FFT_ARGUMENTS (passes, re, im, scratch_re, scratch_im)
#if defined(__x86_64__)
TALKBACK_WIDE_16 void fft_16 TALKBACK_FFT_PARAMETERS noexcept { fft_of_width<16> TALKBACK_FFT_ARGUMENTS; }
TALKBACK_WIDE_8 void fft_8 TALKBACK_FFT_PARAMETERS noexcept { fft_of_width<8> TALKBACK_FFT_ARGUMENTS; }
#endif
void fft_4 TALKBACK_FFT_PARAMETERS noexcept { fft_of_width<4> TALKBACK_FFT_ARGUMENTS; }

template <int lanes, int products, bool is_new>
TALKBACK_INLINE void multiply_add_some(float* sum_re, float* sum_im, const Spectrum* a, const Spectrum* b,
                                       int count) noexcept {
  using Value = typename Vector<lanes>::Type;
  for (int n = 0; n < count; n += lanes) {
    decltype(load<Value>(sum_re, sum_im)) sum = {};
    if constexpr (!is_new) sum = load<Value>(sum_re + n, sum_im + n);
#pragma GCC unroll 4
    for (int p = 0; p < products; ++p) {
      const auto factor = load<Value>(b[p].re + n, b[p].im + n);
      sum = sum + times(load<Value>(a[p].re + n, a[p].im + n), factor.re, factor.im);
    }
    store(sum_re + n, sum_im + n, sum);
  }
}

template <int lanes, bool is_new>
TALKBACK_INLINE void multiply_add_few(float* sum_re, float* sum_im, const Spectrum* a, const Spectrum* b, int products,
                                      int count) noexcept {
  if (products == 1) multiply_add_some<lanes, 1, is_new>(sum_re, sum_im, a, b, count);
  if (products == 2) multiply_add_some<lanes, 2, is_new>(sum_re, sum_im, a, b, count);
  if (products == 3) multiply_add_some<lanes, 3, is_new>(sum_re, sum_im, a, b, count);
  if (products == 4) multiply_add_some<lanes, 4, is_new>(sum_re, sum_im, a, b, count);
}
template <int lanes>
TALKBACK_INLINE void multiply_add_body(float* sum_re, float* sum_im, const Spectrum* a, const Spectrum* b, int products,
                                       int count, bool is_new) noexcept {
  if (is_new) {
    multiply_add_few<lanes, true>(sum_re, sum_im, a, b, products, count);
  } else {
    multiply_add_few<lanes, false>(sum_re, sum_im, a, b, products, count);
  }
}
TALKBACK_KERNEL_OF_LANES(multiply_add,
                         (float* sum_re, float* sum_im, const Spectrum* a, const Spectrum* b, int products, int count,
                          bool is_new),
                         (sum_re, sum_im, a, b, products, count, is_new))

TALKBACK_INLINE void twist_body(float* __restrict re, float* __restrict im, const float* low, const float* high,
                                const float* c, const float* s, int count) noexcept {
  for (int n = 0; n < count; ++n) {
    re[n] = low[n] * c[n] - high[n] * s[n];
    im[n] = -(low[n] * s[n] + high[n] * c[n]);
  }
}
TALKBACK_KERNEL(twist,
                (float* re, float* im, const float* low, const float* high, const float* c, const float* s, int count),
                (re, im, low, high, c, s, count))

TALKBACK_INLINE void untwist_body(float* __restrict result, const float* re, const float* im, const float* c,
                                  const float* s, int count) noexcept {
  for (int n = 0; n < count; ++n) result[n] = -(re[n] * s[n] + im[n] * c[n]);
}
TALKBACK_KERNEL(untwist, (float* result, const float* re, const float* im, const float* c, const float* s, int count),
                (result, re, im, c, s, count))

// Sums of four vectors hide the time that an addition takes.
template <class Value>
TALKBACK_INLINE void direct_of_four(float* result, const float* input, const float* taps, int tap_count) noexcept {
  constexpr int kLanes = sizeof(Value) / sizeof(float);
  Value sum[4] = {};
  for (int k = 0; k < tap_count; ++k) {
    const float tap = taps[k];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) sum[i] += tap * load_from<Value>(input + kLanes * i - k);
  }
  store_four(result, sum[0], sum[1], sum[2], sum[3]);
}

// Sixteen taps, by vectors that follow one another.
template <class Value, int... k>
TALKBACK_INLINE void add_sixteen_taps(Value* sum, const Value* input, const float* taps,
                                      std::integer_sequence<int, k...>) noexcept {
  ((sum[0] += taps[k] * between<16 - k>(input[0], input[1]), sum[1] += taps[k] * between<16 - k>(input[1], input[2]),
    sum[2] += taps[k] * between<16 - k>(input[2], input[3]), sum[3] += taps[k] * between<16 - k>(input[3], input[4])),
   ...);
}

// tap_count: a multiple of sixteen.
template <class Value>
TALKBACK_INLINE void direct_of_sixteen(float* result, const float* input, const float* taps, int tap_count) noexcept {
  Value sum[4] = {};
  Value x[5] = {Value{}, load_from<Value>(input), load_from<Value>(input + 16), load_from<Value>(input + 32),
                load_from<Value>(input + 48)};
  for (int k = 0; k < tap_count; k += 16) {
    x[0] = load_from<Value>(input - k - 16);
    add_sixteen_taps(sum, x, taps + k, std::make_integer_sequence<int, 16>());
    for (int i = 4; i > 0; --i) x[i] = x[i - 1];
  }
  store_four(result, sum[0], sum[1], sum[2], sum[3]);
}

template <int lanes>
TALKBACK_INLINE void direct_body(float* result, const float* input, const float* taps, int tap_count,
                                 int count) noexcept {
  int n = 0;
  if constexpr (lanes == 16) {
    for (; tap_count % 16 == 0 && n + 64 <= count; n += 64)
      direct_of_sixteen<Vector<16>::Type>(result + n, input + n, taps, tap_count);
  }
  for (; n + 4 * lanes <= count; n += 4 * lanes)
    direct_of_four<typename Vector<lanes>::Type>(result + n, input + n, taps, tap_count);
  for (; n + 16 <= count; n += 16) direct_of_four<Vector<4>::Type>(result + n, input + n, taps, tap_count);
  for (; n < count; ++n) {
    float sum = 0.0F;
    for (int k = 0; k < tap_count; ++k) sum += taps[k] * input[n - k];
    result[n] = sum;
  }
}
TALKBACK_KERNEL_OF_LANES(direct, (float* result, const float* input, const float* taps, int tap_count, int count),
                         (result, input, taps, tap_count, count))

TALKBACK_INLINE void add_body(float* __restrict result, const float* input, int count) noexcept {
  for (int n = 0; n < count; ++n) result[n] += input[n];
}
TALKBACK_KERNEL(add, (float* result, const float* input, int count), (result, input, count))

}  // namespace

void run_fft TALKBACK_FFT_PARAMETERS noexcept { TALKBACK_CALL(fft, TALKBACK_FFT_ARGUMENTS); }

void multiply_add(float* sum_re, float* sum_im, const Spectrum* a, const Spectrum* b, int products, int count,
                  bool is_new) noexcept {
  TALKBACK_CALL(multiply_add, (sum_re, sum_im, a, b, products, count, is_new));
}

void twist(float* re, float* im, const float* low, const float* high, const float* c, const float* s,
           int count) noexcept {
  TALKBACK_CALL(twist, (re, im, low, high, c, s, count));
}

void untwist(float* result, const float* re, const float* im, const float* c, const float* s, int count) noexcept {
  TALKBACK_CALL(untwist, (result, re, im, c, s, count));
}

void direct_convolution(float* result, const float* input, const float* taps, int tap_count, int count) noexcept {
  TALKBACK_CALL(direct, (result, input, taps, tap_count, count));
}

void add(float* result, const float* input, int count) noexcept { TALKBACK_CALL(add, (result, input, count)); }

}  // namespace talkback::dsp
