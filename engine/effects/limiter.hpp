// Look-ahead true-peak limiter.
//
// 1. True peak of the driven sound, eight points a frame, channels linked (dsp/true_peak.hpp).
// 2. Wanted gain = min(1, ceiling / peak), held down by a sliding minimum over the look-ahead.
// 3. Release: the gain rises to it by a one-pole smoother.
// 4. Attack: two moving averages of 1 ms, which reach the wanted gain before the peak does and hold it over the
//    stretch that the reconstruction filter of a converter sees (kGuardFrames on either side).
// So the gain never is above the wanted one where the peak is, and the ceiling is kept by construction; a
// margin of kMarginDb covers what lies between the points. Moving averages are exact integer sums.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/delay_line.hpp"
#include "engine/dsp/true_peak.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

// Mean of the newest `length` values, exact: values are whole numbers.
class MovingAverage {
 public:
  void prepare(int length, std::int64_t value);
  // The sum over the window, this value included.
  std::int64_t next(std::int64_t value) noexcept;
  void archive(dsp::StateArchive& state);

 private:
  std::vector<std::int64_t> values_;
  std::size_t position_ = 0;
  std::int64_t sum_ = 0;
};

// Minimum of the newest `length` values, in constant time on average (D. Lemire 2006, "Streaming Maximum-Minimum
// Filter Using No More than Three Comparisons per Element").
class SlidingMinimum {
 public:
  void prepare(int length);
  void reset() noexcept;
  float next(float value) noexcept;
  void archive(dsp::StateArchive& state);

 private:
  struct Entry {
    float value;
    std::int64_t index;
  };
  std::vector<Entry> ring_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::int64_t index_ = 0;
  int length_ = 1;
};

class Limiter final : public Processor {
 public:
  Limiter();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;
  Frames latency() const noexcept override;

  // The smallest gain since the last reset: 1 where the limiter had nothing to do.
  float smallest_gain() const noexcept { return smallest_gain_; }

 private:
  void process_chunk(AudioBlock block) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  int average_frames_ = 1;
  dsp::TruePeakDetector detector_;
  std::vector<dsp::DelayLine> lines_;
  SlidingMinimum minimum_;
  MovingAverage first_average_;
  MovingAverage second_average_;
  double released_ = 1.0;
  float smallest_gain_ = 1.0F;
  dsp::Glide<float> drive_{1.0F};
  dsp::Glide<float> ceiling_{1.0F};
};

}  // namespace talkback::effects
