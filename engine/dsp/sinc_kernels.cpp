#include "engine/dsp/sinc_kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "engine/dsp/kaiser.hpp"
#include "engine/dsp/portable_math.hpp"
#include "engine/dsp/vectorise.hpp"

namespace talkback::dsp {

namespace {

constexpr int kKernelsPerOctave = 6;
constexpr int kOctaves = 5;
constexpr int kReach = 24;
constexpr int kPlaces = 512;
static_assert(SincKernels::kTapsMax == 2 * kReach << kOctaves);

// H(u) for u from 0 on, tabled densely enough for cubics between.
class Prototype {
 public:
  Prototype() {
    constexpr double kBeta = 0.1102 * (SincKernels::kStopDb - 8.7);
    constexpr double kPi = 3.141592653589793;
    for (int i = -1; i <= kReach * kDensity + 2; ++i) {
      const double u = static_cast<double>(i) / kDensity;
      const double angle = SincKernels::kCutoff * u;
      const double sinc = i == 0 ? 1.0 : portable::sine_of_turns(angle / 2.0) / (kPi * angle);
      values_.push_back(SincKernels::kCutoff * sinc * kaiser(u / kReach, kBeta));
    }
  }
  double at(double u) const noexcept {
    u = std::abs(u);
    if (u >= kReach) return 0.0;
    const double place = u * kDensity;
    const auto i = static_cast<std::size_t>(place);
    const double x = place - static_cast<double>(i);
    const double* p = values_.data() + i;
    return (-p[0] * x * (x - 1.0) * (x - 2.0) + p[3] * (x + 1.0) * x * (x - 1.0)) / 6.0 +
           (p[1] * (x + 1.0) * (x - 1.0) * (x - 2.0) - p[2] * (x + 1.0) * x * (x - 2.0)) / 2.0;
  }

 private:
  static constexpr int kDensity = 512;
  std::vector<double> values_;
};

SincKernels::Kernel make_kernel(const Prototype& prototype, double stretch) {
  SincKernels::Kernel kernel;
  kernel.taps = (static_cast<int>(std::ceil(2.0 * kReach / stretch)) + 7) / 8 * 8;
  kernel.places = static_cast<int>(std::ceil(kPlaces * stretch));
  std::vector<double> row(static_cast<std::size_t>(kernel.taps));
  for (int place = 0; place <= kernel.places + 1; ++place) {
    const double part = static_cast<double>(place) / kernel.places;
    double sum = 0.0;
    for (int i = 0; i < kernel.taps; ++i) {
      const double away = i - (kernel.taps / 2 - 1) - part;
      sum += row[static_cast<std::size_t>(i)] = prototype.at(stretch * away);
    }
    for (const double weight : row) kernel.weights.push_back(static_cast<float>(weight / sum));
  }
  return kernel;
}

using Lanes = float __attribute__((vector_size(32)));

// The weights at a place between two rows of the table.
struct Row {
  const float* low;
  const float* high;
  float between;

  Row(const SincKernels::Kernel& kernel, std::uint64_t at) noexcept {
    const float part = static_cast<float>((at & 0xffffffffU) >> 8) * (1.0F / 16'777'216.0F);
    const float place = part * static_cast<float>(kernel.places);
    const int row = static_cast<int>(place);
    between = place - static_cast<float>(row);
    low = kernel.weights.data() + row * kernel.taps;
    high = low + kernel.taps;
  }
};

// By hand: the compiler may not reorder a sum, and these are eight side by side.
template <int channels>
[[gnu::always_inline]] inline void read_line(const SincKernels::Kernel& kernel, const float* const* from,
                                             float* const* to, SincKernels::Way way) noexcept {
  for (int n = 0; n < way.frames; ++n) {
    const Row row(kernel, way.at);
    const auto first = static_cast<std::ptrdiff_t>(way.at >> 32);
    std::array<Lanes, static_cast<std::size_t>(channels)> sums{};
    for (int i = 0; i < kernel.taps; i += 8) {
      Lanes low, high;
      std::memcpy(&low, row.low + i, sizeof low);
      std::memcpy(&high, row.high + i, sizeof high);
      const Lanes weights = low + (high - low) * row.between;
      for (std::size_t c = 0; c < sums.size(); ++c) {
        Lanes points;
        std::memcpy(&points, from[c] + first + i, sizeof points);
        sums[c] += points * weights;
      }
    }
    for (std::size_t c = 0; c < sums.size(); ++c) {
      const Lanes& sum = sums[c];
      to[c][n] = ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
    }
    way.at += way.step;
  }
}

TALKBACK_VECTORISE void read_mono(const SincKernels::Kernel& kernel, const float* const* from, float* const* to,
                                  SincKernels::Way way) noexcept {
  read_line<1>(kernel, from, to, way);
}

TALKBACK_VECTORISE void read_stereo(const SincKernels::Kernel& kernel, const float* const* from, float* const* to,
                                    SincKernels::Way way) noexcept {
  read_line<2>(kernel, from, to, way);
}

}  // namespace

void SincKernels::Kernel::read(const float* from, float* to, Way way) const noexcept {
  read_mono(*this, &from, &to, way);
}

void SincKernels::Kernel::read(const float* const (&from)[2], float* const (&to)[2], Way way) const noexcept {
  read_stereo(*this, from, to, way);
}

SincKernels::SincKernels() {
  const Prototype prototype;
  for (int i = 0; i <= kOctaves * kKernelsPerOctave; ++i)
    kernels_.push_back(make_kernel(prototype, portable::exp2(-static_cast<double>(i) / kKernelsPerOctave)));
}

const SincKernels& SincKernels::shared() {
  static const SincKernels kernels;
  return kernels;
}

const SincKernels::Kernel& SincKernels::kernel_for(double ratio) const noexcept {
  // Thirty-one limits in order: the first that is fast enough.
  static const auto kLimits = [] {
    std::array<double, kOctaves * kKernelsPerOctave + 1> limits{};
    for (std::size_t i = 0; i < limits.size(); ++i)
      limits[i] = kFoldRatio * portable::exp2(static_cast<double>(i) / kKernelsPerOctave);
    return limits;
  }();
  const auto found = std::ranges::lower_bound(kLimits, ratio);
  const auto index = std::min<std::ptrdiff_t>(found - kLimits.begin(), std::ssize(kernels_) - 1);
  return kernels_[static_cast<std::size_t>(index)];
}

}  // namespace talkback::dsp
