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

#include <cstring>
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

  struct Kernel {
    int taps = 0;                // a multiple of 4
    int places = 0;              // between two samples
    std::vector<float> weights;  // [place][tap], of one place more

    // points: `taps` of them; part: 0 is the one before the middle, 1 the one behind it.
    float read(const float* points, float part) const noexcept;
  };

  // The tables are made at the first call, which is therefore none for the audio thread.
  static const SincKernels& shared();

  const Kernel& kernel_for(double ratio) const noexcept;

 private:
  SincKernels();

  std::vector<Kernel> kernels_;
};

inline float SincKernels::Kernel::read(const float* points, float part) const noexcept {
  using Lanes = float __attribute__((vector_size(16)));
  const auto load = [](const float* from) {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    return lanes;
  };
  const float place = part * static_cast<float>(places);
  const int row = static_cast<int>(place);
  const float between = place - static_cast<float>(row);
  const float* low = weights.data() + row * taps;
  const float* high = low + taps;
  Lanes sum{};
  for (int i = 0; i < taps; i += 4) {
    const Lanes from = load(low + i);
    sum += load(points + i) * (from + (load(high + i) - from) * between);
  }
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

}  // namespace talkback::dsp
