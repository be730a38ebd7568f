#include "engine/dsp/sinc_kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/dsp/kaiser.hpp"
#include "engine/dsp/portable_math.hpp"

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
  kernel.taps = (static_cast<int>(std::ceil(2.0 * kReach / stretch)) + 3) / 4 * 4;
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

}  // namespace

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
