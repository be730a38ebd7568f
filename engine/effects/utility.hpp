// Plain arithmetic on a track: polarity, sides, mono, gain, and no direct current.
//
//   polarity -> swap -> mono (both sides become the mean) -> gain -> DC filter
// The first four are one matrix of two by two that glides. The DC filter is a first-order high-pass at 5 Hz,
// y = x - low(x) (one_pole.hpp; 0.3 dB and 14 degrees at 20 Hz). A mono track has the left polarity only. No latency.
#pragma once

#include <array>

#include "engine/dsp/control_grid.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class Utility final : public Processor {
 public:
  Utility();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;

 private:
  void aim() noexcept;
  bool is_moving() const noexcept;
  void remove_direct_current(AudioBlock block) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  int channels_ = 0;
  // left from left, left from right, right from left, right from right
  std::array<dsp::Glide<float>, 4> matrix_{};
  dsp::Glide<float> dc_amount_{0.0F};
  // In double precision: 5 Hz is far below what a float's step resolves at high rates.
  std::array<double, 2> dc_{};
  double dc_pole_ = 0.0;
};

}  // namespace talkback::effects
