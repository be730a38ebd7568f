// The inner loops of true_peak.hpp and of the limiter, in the widest vectors that the processor has; the same bits on
// every machine (kernel_widths.hpp).
#pragma once

namespace talkback::dsp {

// Counts of frames are multiples of this.
inline constexpr int kPeakKernelFrames = 8;

// out[j]: half-way between x[j] and x[j + 1], by `reach` pairs of neighbours, a multiple of 16.
void find_middles(float* out, const float* x, const float* weights, int reach, int count) noexcept;

// As many points at one quarter, between x[j] and middle[j], and at three quarters, between middle[j] and x[j + 1].
// weights: six, of the pairs of neighbours at the doubled rate.
void find_quarters(float* first, float* third, const float* x, const float* middle, const float* weights,
                   int count) noexcept;

// peaks[j] = max(peaks[j], magnitude of the parabolas' tops at x[j], first[j], middle[j] and third[j]). third reaches
// one frame further back than x, and x one further on.
void raise_to_tops(float* peaks, const float* x, const float* first, const float* middle, const float* third,
                   int count) noexcept;

// The greatest magnitude; what is no number does not count.
float greatest_magnitude(const float* x, int count) noexcept;

// Of numbers, at least one.
float least_of(const float* x, int count) noexcept;

}  // namespace talkback::dsp
