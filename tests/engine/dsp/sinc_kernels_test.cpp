#include "engine/dsp/sinc_kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace talkback::dsp {
namespace {

// How much of a sine at a part of the rate a kernel lets through, at a place between two samples.
double response(const SincKernels::Kernel& kernel, double frequency, double part) {
  double re = 0.0;
  double im = 0.0;
  std::vector<float> points(static_cast<std::size_t>(kernel.taps));
  for (int quarter = 0; quarter < 2; ++quarter) {
    for (int i = 0; i < kernel.taps; ++i) {
      const double away = i - (kernel.taps / 2 - 1) - part;
      points[static_cast<std::size_t>(i)] =
          static_cast<float>(std::cos(2.0 * std::numbers::pi * frequency * away + quarter * std::numbers::pi / 2.0));
    }
    float heard = 0.0F;
    kernel.read(points.data(), &heard, {static_cast<std::uint64_t>(part * 4'294'967'296.0), 0, 1});
    (quarter == 0 ? re : im) = static_cast<double>(heard);
  }
  return 20.0 * std::log10(std::max(std::hypot(re, im), 1e-9));
}

TEST(SincKernelsTest, PassesAndStopsAsItSays) {
  for (const double ratio : {0.5, 1.0, 1.2, 2.0, 3.7, 10.0, 32.0}) {
    const SincKernels::Kernel& kernel = SincKernels::shared().kernel_for(ratio);
    const double slower = std::max(1.0, 1.12 * ratio);
    for (const double part : {0.0, 0.123, 0.5, 0.9}) {
      for (const double at : {0.0, 0.5, 1.0})
        EXPECT_NEAR(response(kernel, at * SincKernels::kPass / slower, part), 0.0, 0.1) << ratio << " " << at;
      // What would fold to below kPass of the rate.
      const double folds = (1.0 - SincKernels::kPass) / std::max(ratio, 1.0);
      if (folds < 0.5) {
        EXPECT_LT(response(kernel, folds, part), -85.0) << ratio;
      }
    }
  }
}

TEST(SincKernelsTest, FasterMeansWider) {
  int taps = 0;
  for (double ratio = 0.1; ratio < 40.0; ratio *= 1.05) {
    const SincKernels::Kernel& kernel = SincKernels::shared().kernel_for(ratio);
    EXPECT_GE(kernel.taps, taps);
    EXPECT_LE(kernel.taps, SincKernels::kTapsMax);
    EXPECT_EQ(kernel.taps % 8, 0);
    taps = kernel.taps;
  }
  EXPECT_EQ(taps, SincKernels::kTapsMax);
}

}  // namespace
}  // namespace talkback::dsp
