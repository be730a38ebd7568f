// Look-ahead true-peak limiter.
//
// Two stages in series (limiter_stage.hpp), the second with shorter averages. The first does the limiting. A gain that
// moves makes new sound at the top of the band and so new peaks, a few tenths of a decibel above the ceiling: the
// second stage measures what the first has made, and as it hardly moves, what it makes anew does not count.
// kMarginDb covers that, and what the detector reads too low. Measured at eight points a frame with a sinc of 512 taps,
// the output stays below the ceiling, for noise of the full band driven by 36 dB as well. Sound whose true
// peak stays under the ceiling by kMarginDb comes out bit for bit. Inside, sound runs in blocks of
// LimiterStage::kBlockFrames, which are part of the latency.
#pragma once

#include <array>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/decibel.hpp"
#include "engine/effects/limiter_stage.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class Limiter final : public Processor {
 public:
  Limiter();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;
  double gain_reduction_db() const noexcept override { return -dsp::db_from_gain(static_cast<double>(gain_)); }
  Frames latency() const noexcept override;

  // The smallest gain since the last reset: 1 where the limiter had nothing to do.
  float smallest_gain() const noexcept { return smallest_gain_; }

 private:
  static constexpr std::size_t kBlock = LimiterStage::kBlockFrames;

  void process_block() noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  int channels_ = 2;
  std::array<LimiterStage, 2> stages_;
  // [channel]: what comes in until it is a block, while the block before goes out.
  std::array<std::array<float, kBlock>, 2> block_{};
  int filled_ = 0;
  float smallest_gain_ = 1.0F;
  dsp::Glide<float> drive_{1.0F};
  dsp::Glide<float> ceiling_{1.0F};
  // The part of the way that one frame of the release goes, for the time that it was found for.
  struct Release {
    double ms = 0.0;
    double part = 1.0;
  };
  Release release_;
  // Of the newest block, for meters.
  float gain_ = 1.0F;
};

}  // namespace talkback::effects
