// Echo: a delay line a channel with a filtered feedback path.
//
//   wet = high_cut(low_cut(line read `time` ago));  line <- in + feedback * wet;  out = (1 - mix) in + mix wet
// Both cuts are one-pole filters (6 dB an octave) inside the loop, so every repeat is darker than the last.
// Ping-pong: the line of the left takes the mean of the channels and the right's echo, the line of the right
// takes the left's echo only. Times are whole frames; when the time moves, the echo crossfades to the new
// time within 50 ms, and no pitch bends. Tempo: graph/ turns quarters into milliseconds. No latency.
#pragma once

#include <array>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/delay_line.hpp"
#include "engine/dsp/one_pole.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class Delay final : public Processor {
 public:
  // 16 quarters at the slowest tempo last 96 s.
  static constexpr double kTimeMsMax = 96'000.0;

  // time_ms_max: bounds the memory; longer times are cut to it.
  explicit Delay(double time_ms_max = 4'000.0);
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  bool spreads() const noexcept override;
  void archive(dsp::StateArchive& state) override;
  Frames tail() const noexcept override;

 private:
  std::int64_t wanted_frames() const noexcept;
  // One sample of each channel, in place.
  void process_frame(std::array<float, 2>& frame) noexcept;
  float read(int channel) const noexcept;
  void advance_fade() noexcept;

  ParameterValues values_;
  double time_ms_max_;
  SampleRate rate_{};
  int channels_ = 0;
  std::array<dsp::DelayLine, 2> lines_;
  std::array<dsp::OnePole, 2> low_cuts_{};
  std::array<dsp::OnePole, 2> high_cuts_{};
  float low_cut_pole_ = 0.0F;
  float high_cut_pole_ = 0.0F;
  dsp::Glide<float> feedback_{0.0F};
  dsp::Glide<float> mix_{0.0F};
  std::int64_t delay_frames_ = 1;
  std::int64_t next_frames_ = 1;
  int fade_frames_ = 1;
  int fade_position_ = 0;
};

}  // namespace talkback::effects
