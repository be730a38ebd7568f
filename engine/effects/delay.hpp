// Echo: a delay line a channel with a filtered feedback path.
//
//   wet = high_cut(low_cut(line read `time` ago));  line <- in + feedback * wet;  out = (1 - mix) in + mix wet
// Both cuts are one-pole filters (6 dB an octave) inside the loop, so every repeat is darker than the last.
// Ping-pong: the line of the left takes the mean of the channels and the right's echo, the line of the right
// takes the left's echo only (this jumps). Times are whole frames; when the time moves, the echo crossfades to the new
// time within 50 ms, and no pitch bends. Tempo: graph/ turns quarters into milliseconds. No latency.
// Modulation moves the place that is read to time + depth * sin(2 pi phase), at least 4 frames back and between frames
// (dsp/fractional_delay.hpp); the depth follows its parameter smoothed by 30 ms. Without depth, whole frames are read.
#pragma once

#include <array>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/delay_line.hpp"
#include "engine/dsp/one_pole.hpp"
#include "engine/dsp/oscillator.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class Delay final : public Processor {
 public:
  // 16 quarters at the slowest tempo last 96 s.
  static constexpr double kTimeMsMax = 96'000.0;

  static constexpr double kDepthMsMax = 20.0;

  // Both bound the memory; longer times and greater depths are cut to them.
  explicit Delay(double time_ms_max = 4'000.0, double depth_ms_max = kDepthMsMax);
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  bool spreads() const noexcept override;
  void archive(dsp::StateArchive& state) override;
  Frames tail() const noexcept override;

 private:
  static constexpr int kChunkFrames = 64;

  std::int64_t wanted_frames() const noexcept;
  std::int64_t history_frames() const noexcept;
  double depth_target() const noexcept;
  template <bool modulated>
  float read(int channel, std::int64_t frames) const noexcept;
  // Where the time stands still and nothing swings. At most as many frames as the echo is late.
  void process_steady(AudioBlock block) noexcept;
  template <bool modulated>
  void process_all(AudioBlock block) noexcept;
  // One sample of each channel, in place.
  template <bool modulated>
  void process_frame(std::array<float, 2>& frame) noexcept;
  template <bool modulated>
  float read(int channel) const noexcept;
  void advance_fade() noexcept;
  void advance_modulation() noexcept;

  ParameterValues values_;
  double time_ms_max_;
  double depth_ms_max_;
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
  const float* weights_ = nullptr;
  dsp::Phase phase_;
  dsp::Glide<double> step_{0.0};
  double depth_frames_ = 0.0;
  double depth_pole_ = 0.0;
  // How far the place that is read is away from its time, at this frame.
  double swing_ = 0.0;
};

}  // namespace talkback::effects
