// Linkwitz-Riley crossovers of 24 dB an octave, for two channels at once, in double precision.
//
// After S. H. Linkwitz (1976), "Active Crossover Networks for Noncoincident Drivers", J. Audio Eng. Soc. 24(1): two
// Butterworth filters in series on either side, whose outputs are in phase and sum to an all-pass. Each filter is a
// state variable filter by trapezoidal integration (V. Zavalishin 2012, "The Art of VA Filter Design", section 4),
// whose low, band and high outputs share a state and whose frequency may move from frame to frame.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/base/sample_rate.hpp"
#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

// One sample of each of two channels.
using SamplePair = double __attribute__((vector_size(16)));

// Where a crossover lies. It glides along the control grid, by equal ratios.
class CrossoverFrequency {
 public:
  void set(double hz, SampleRate rate) noexcept {
    const double target = std::tan(std::numbers::pi * std::clamp(hz / rate.hz, 1e-5, 0.49));
    if (target == target_) return;
    target_ = target;
    ratio_ = std::pow(target_ / g_, 1.0 / kControlFrames);
    remaining_ = kControlFrames;
  }
  void reset() noexcept {
    remaining_ = 0;
    move_to(target_);
  }
  // Once a frame, before the filters. [audio-thread]
  void advance() noexcept {
    if (remaining_ > 0) move_to(--remaining_ == 0 ? target_ : g_ * ratio_);
  }
  double g() const noexcept { return g_; }
  double damped() const noexcept { return damped_; }
  double scale() const noexcept { return scale_; }

  void archive(StateArchive& state) {
    state(g_, target_, ratio_, remaining_);
    move_to(g_);
  }

 private:
  void move_to(double g) noexcept {
    g_ = g;
    damped_ = g + std::numbers::sqrt2;
    scale_ = 1.0 / (1.0 + g * damped_);
  }

  double g_ = 1.0;
  double target_ = 1.0;
  double ratio_ = 1.0;
  int remaining_ = 0;
  double damped_ = 0.0;
  double scale_ = 0.0;
};

// One second-order Butterworth section.
struct ButterworthPair {
  struct Outputs {
    SamplePair low;
    SamplePair band;
    SamplePair high;
  };
  SamplePair s1{};
  SamplePair s2{};

  Outputs next(SamplePair x, const CrossoverFrequency& at) noexcept {
    const SamplePair high = (x - at.damped() * s1 - s2) * at.scale();
    const SamplePair step1 = at.g() * high;
    const SamplePair band = step1 + s1;
    s1 = band + step1;
    const SamplePair step2 = at.g() * band;
    const SamplePair low = step2 + s2;
    s2 = low + step2;
    return {low, band, high};
  }
  // The sum of a crossover's outputs, without splitting.
  SamplePair all_pass(SamplePair x, const CrossoverFrequency& at) noexcept {
    return x - 2.0 * std::numbers::sqrt2 * next(x, at).band;
  }
  void archive(StateArchive& state) {
    state.raw(&s1, sizeof s1);
    state.raw(&s2, sizeof s2);
  }
};

class Crossover {
 public:
  struct Bands {
    SamplePair low;
    SamplePair high;
  };
  Bands next(SamplePair x, const CrossoverFrequency& at) noexcept {
    const ButterworthPair::Outputs first = first_.next(x, at);
    return {low_.next(first.low, at).low, high_.next(first.high, at).high};
  }
  void reset() noexcept { first_ = low_ = high_ = {}; }
  void archive(StateArchive& state) { state(first_, low_, high_); }

 private:
  ButterworthPair first_;
  ButterworthPair low_;
  ButterworthPair high_;
};

}  // namespace talkback::dsp
