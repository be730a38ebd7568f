// Windowed sincs that read a sound between its samples and at another speed (J. Smith and P. Gossett 1984, "A Flexible
// Sampling-Rate Conversion Method"): H(u) = a sinc(a u) kaiser(u / 24), a = kCutoff, side lobes of kStopDb.
//
// Read `ratio` times as fast, the kernel is stretched by c <= 1 with c * ratio <= kFoldRatio, sample weights c H(c u):
// a sound that reaches up to kPass of the rate has images and aliases below -90 dB there, and stays within 0.1 dB up to
// kPass / max(1, 1.12 ratio). Kernels for every sixth of an octave up to kRatioMax; each is tabled at 512 c places
// between two samples and interpolated linearly between those (an error below -100 dB). Weights sum to 1 at each place.
//
// Immutable; any thread may read. Made without the system's functions: every machine has the same bits.
#pragma once

#include <cstdint>
#include <vector>

namespace talkback::dsp {

class SincKernels {
 public:
  static constexpr double kCutoff = 0.94;
  static constexpr double kStopDb = 90.0;
  static constexpr double kPass = 0.41;
  static constexpr double kFoldRatio = 1.113;
  static constexpr double kRatioMax = 32.0;
  // Of the widest kernel.
  static constexpr int kTapsMax = 48 * 32;

  // Where sounds are read: frame n at (at + n step) 2^-32 behind the middle of the first `taps` of them.
  struct Way {
    std::uint64_t at = 0;
    std::uint64_t step = 0;
    int frames = 0;
  };

  struct Kernel {
    int taps = 0;                // a multiple of 8
    int places = 0;              // between two samples
    std::vector<float> weights;  // [place][tap], of two places more

    // from: `taps` samples more than the way is long. Any division of a way gives the same.
    void read(const float* from, float* to, Way way) const noexcept;
    // The same of two sounds at once.
    void read(const float* const (&from)[2], float* const (&to)[2], Way way) const noexcept;
  };

  // The tables are made at the first call, which is therefore none for the audio thread.
  static const SincKernels& shared();

  const Kernel& kernel_for(double ratio) const noexcept;

 private:
  SincKernels();

  std::vector<Kernel> kernels_;
};

}  // namespace talkback::dsp
