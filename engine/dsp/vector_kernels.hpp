// Loops over many floats, in the widest vectors that the processor has: fast Fourier transforms and what partitioned
// convolution does around them.
//
// The same bits on every machine: a lane never meets another lane, additions happen in one order whatever the width,
// and multiplications are not fused with them. That is why these are here and not in a library, whose code differs
// from processor to processor. No argument may overlap another, but for those that are named in place.
#pragma once

#include <span>

#include "engine/dsp/aligned_floats.hpp"

namespace talkback::dsp {

// Floats in the widest vector.
inline constexpr int kLanesMax = 16;

// One pass of a Stockham transform (C. Van Loan 1992, "Computational Frameworks for the Fast Fourier Transform", 1.7):
// `length` points of the transform are left, `stride` transforms run side by side.
struct FftPass {
  int length = 1;
  int stride = 1;
  // [which of w, w^2, w^3][point], w = exp(-2 pi i point / length), and kLanesMax more that do not count; empty in a
  // pass of two points.
  AlignedFloats re;
  AlignedFloats im;
};

// Complex, in natural order, in place: re and im, both of a power of two; the scratch is as long. Unscaled.
void run_fft(std::span<const FftPass> passes, float* re, float* im, float* scratch_re, float* scratch_im) noexcept;

struct Spectrum {
  const float* re = nullptr;
  const float* im = nullptr;
};

// sum += a[0] * b[0] + a[1] * b[1] + ... over complex numbers, from the left. products: 1 to kProductsMax. count: a
// multiple of 16. is_new: from zero, whatever the sum holds.
inline constexpr int kProductsMax = 4;
void multiply_add(float* sum_re, float* sum_im, const Spectrum* a, const Spectrum* b, int products, int count,
                  bool is_new) noexcept;

// result = (low - i high) (c - i s)
void twist(float* re, float* im, const float* low, const float* high, const float* c, const float* s,
           int count) noexcept;

// result = -imaginary part of (re + i im) (c + i s)
void untwist(float* result, const float* re, const float* im, const float* c, const float* s, int count) noexcept;

// result[n] = sum over k of taps[k] * input[n - k]; the input reaches tap_count samples before its beginning.
void direct_convolution(float* result, const float* input, const float* taps, int tap_count, int count) noexcept;

// result += input
void add(float* result, const float* input, int count) noexcept;

}  // namespace talkback::dsp
