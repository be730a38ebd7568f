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

TALKBACK_INLINE void store_transposed(float* to, Lanes a, Lanes b, Lanes c, Lanes d) noexcept {
  const Lanes ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Lanes ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Lanes cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Lanes cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const Lanes rows[4] = {
      __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
      __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
  std::memcpy(to, rows, sizeof rows);
}

// The first pass: the points of one vector are neighbours, and go to places four apart.
TALKBACK_INLINE void first_pass(const FftPass& pass, const float* re, const float* im, float* to_re,
                                float* to_im) noexcept {
  const int quarter = pass.length / 4;
  const float* w_re = pass.re.data();
  const float* w_im = pass.im.data();
  for (int p = 0; p < quarter; p += 4) {
    const Four<Lanes> four = butterfly(load<Lanes>(re + p, im + p), load<Lanes>(re + p + quarter, im + p + quarter),
                                       load<Lanes>(re + p + 2 * quarter, im + p + 2 * quarter),
                                       load<Lanes>(re + p + 3 * quarter, im + p + 3 * quarter));
    const Complex<Lanes> w1 = load<Lanes>(w_re + p, w_im + p);
    const Complex<Lanes> w2 = load<Lanes>(w_re + quarter + p, w_im + quarter + p);
    const Complex<Lanes> w3 = load<Lanes>(w_re + 2 * quarter + p, w_im + 2 * quarter + p);
    const Complex<Lanes> y1 = times(four.y1, w1.re, w1.im);
    const Complex<Lanes> y2 = times(four.y2, w2.re, w2.im);
    const Complex<Lanes> y3 = times(four.y3, w3.re, w3.im);
    store_transposed(to_re + 4 * p, four.y0.re, y1.re, y2.re, y3.re);
    store_transposed(to_im + 4 * p, four.y0.im, y1.im, y2.im, y3.im);
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
      const Four<Value> four =
          butterfly(load<Value>(re + from, im + from), load<Value>(re + from + apart, im + from + apart),
                    load<Value>(re + from + 2 * apart, im + from + 2 * apart),
                    load<Value>(re + from + 3 * apart, im + from + 3 * apart));
      store(to_re + to, to_im + to, four.y0);
      store(to_re + to + stride, to_im + to + stride, times(four.y1, w1.re, w1.im));
      store(to_re + to + 2 * stride, to_im + to + 2 * stride, times(four.y2, w2.re, w2.im));
      store(to_re + to + 3 * stride, to_im + to + 3 * stride, times(four.y3, w3.re, w3.im));
    }
  }
}

TALKBACK_INLINE void pass_of_two(int half, const float* re, const float* im, float* __restrict to_re,
                                 float* __restrict to_im) noexcept {
  for (int q = 0; q < half; ++q) {
    to_re[q] = re[q] + re[q + half];
    to_im[q] = im[q] + im[q + half];
    to_re[q + half] = re[q] - re[q + half];
    to_im[q + half] = im[q] - im[q + half];
  }
}

template <int lanes>
TALKBACK_INLINE void fft_of_width(std::span<const FftPass> passes, float* re, float* im, float* scratch_re,
                                  float* scratch_im, int size) noexcept {
  float* from_re = re;
  float* from_im = im;
  float* to_re = scratch_re;
  float* to_im = scratch_im;
  for (const FftPass& pass : passes) {
    if (pass.length == 2) {
      pass_of_two(pass.stride, from_re, from_im, to_re, to_im);
    } else if (pass.stride == 1 && pass.length >= 16) {
      first_pass(pass, from_re, from_im, to_re, to_im);
    } else if (pass.stride >= lanes) {
      later_pass<typename Vector<lanes>::Type>(pass, from_re, from_im, to_re, to_im);
    } else if (pass.stride >= 4) {
      later_pass<Lanes>(pass, from_re, from_im, to_re, to_im);
    } else {
      later_pass<float>(pass, from_re, from_im, to_re, to_im);
    }
    std::swap(from_re, to_re);
    std::swap(from_im, to_im);
  }
  if (from_re == re) return;
  std::copy_n(from_re, size, re);
  std::copy_n(from_im, size, im);
}

#define TALKBACK_FFT_PARAMETERS \
  (std::span<const FftPass> passes, float* re, float* im, float* scratch_re, float* scratch_im, int size)
#define TALKBACK_FFT_ARGUMENTS (passes, re, im, scratch_re, scratch_im, size)
#if defined(__x86_64__)
TALKBACK_WIDE_16 void fft_16 TALKBACK_FFT_PARAMETERS noexcept { fft_of_width<16> TALKBACK_FFT_ARGUMENTS; }
TALKBACK_WIDE_8 void fft_8 TALKBACK_FFT_PARAMETERS noexcept { fft_of_width<8> TALKBACK_FFT_ARGUMENTS; }
#endif
void fft_4 TALKBACK_FFT_PARAMETERS noexcept { fft_of_width<4> TALKBACK_FFT_ARGUMENTS; }

TALKBACK_INLINE void multiply_add_body(float* __restrict sum_re, float* __restrict sum_im, const float* a_re,
                                       const float* a_im, const float* b_re, const float* b_im, int count) noexcept {
  for (int n = 0; n < count; ++n) {
    sum_re[n] += a_re[n] * b_re[n] - a_im[n] * b_im[n];
    sum_im[n] += a_re[n] * b_im[n] + a_im[n] * b_re[n];
  }
}
TALKBACK_KERNEL(multiply_add,
                (float* sum_re, float* sum_im, const float* a_re, const float* a_im, const float* b_re,
                 const float* b_im, int count),
                (sum_re, sum_im, a_re, a_im, b_re, b_im, count))

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

TALKBACK_INLINE void direct_body(float* __restrict result, const float* input, const float* taps, int tap_count,
                                 int count) noexcept {
  constexpr int kTogether = 32;
  int n = 0;
  for (; n + kTogether <= count; n += kTogether) {
    float sum[kTogether] = {};
    for (int k = 0; k < tap_count; ++k) {
      const float tap = taps[k];
      for (int i = 0; i < kTogether; ++i) sum[i] += tap * input[n + i - k];
    }
    for (int i = 0; i < kTogether; ++i) result[n + i] = sum[i];
  }
  for (; n < count; ++n) {
    float sum = 0.0F;
    for (int k = 0; k < tap_count; ++k) sum += taps[k] * input[n - k];
    result[n] = sum;
  }
}
TALKBACK_KERNEL(direct, (float* result, const float* input, const float* taps, int tap_count, int count),
                (result, input, taps, tap_count, count))

TALKBACK_INLINE void add_body(float* __restrict result, const float* input, int count) noexcept {
  for (int n = 0; n < count; ++n) result[n] += input[n];
}
TALKBACK_KERNEL(add, (float* result, const float* input, int count), (result, input, count))

}  // namespace

void run_fft TALKBACK_FFT_PARAMETERS noexcept { TALKBACK_CALL(fft, TALKBACK_FFT_ARGUMENTS); }

void multiply_add(float* sum_re, float* sum_im, const float* a_re, const float* a_im, const float* b_re,
                  const float* b_im, int count) noexcept {
  TALKBACK_CALL(multiply_add, (sum_re, sum_im, a_re, a_im, b_re, b_im, count));
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
