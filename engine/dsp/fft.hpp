// Fast Fourier transform of complex numbers, real and imaginary parts apart, in natural order.
//
//   X[k] = sum over n of x[n] exp(-2 pi i k n / size), unscaled. The same bits on every machine (vector_kernels.hpp).
// Stockham's autosort form in passes of radix 4, with one of radix 2 where the power is odd. Any thread may use one.
#pragma once

#include <vector>

#include "engine/dsp/vector_kernels.hpp"

namespace talkback::dsp {

class Fft {
 public:
  // size: a power of two. Allocates.
  explicit Fft(int size);

  int size() const noexcept { return size_; }

  // In place; four arrays of size(), none over another. [audio-thread]
  void forward(float* re, float* im, float* scratch_re, float* scratch_im) const noexcept {
    run_fft(passes_, re, im, scratch_re, scratch_im);
  }
  // Without the factor of 1 / size.
  void inverse(float* re, float* im, float* scratch_re, float* scratch_im) const noexcept {
    run_fft(passes_, im, re, scratch_im, scratch_re);
  }

 private:
  int size_;
  std::vector<FftPass> passes_;
};

}  // namespace talkback::dsp
