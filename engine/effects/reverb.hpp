// Room: a feedback delay network of 16 lines, after J.-M. Jot and A. Chaigne (1991), "Digital Delay Networks for
// Designing Artificial Reverberators".
//
// in -> pre-delay -> low cut (6 dB/oct) -> four all-passes (M. Schroeder 1962) -> lines -> Walsh-Hadamard matrix
// (orthogonal) -> back into the lines. A line of d frames carries a shelving filter of 10^(-3 d / (rate RT60)), so
// every path decays alike: by 60 dB in decay_s at 1 kHz, in decay_s * high_decay_percent well above the crossover
// (second-order shelf; where the crossover lies below 1 kHz, the lows may last at most 1.25 decay_s), and in decay_s *
// low_decay_percent well below the low crossover (another shelf, left out at 100 %). The two
// outputs are two rows of the matrix. Noise keeps its level
// whatever the decay, unless it is shorter than the lines.
// out = (1 - mix) in + mix wet; width scales the side of the wet sound. No latency.
// Modulation lengthens every second pair of lines by depth * (1 + sin(2 pi (phase + i / 16))) / 2, read between frames
// (dsp/fractional_delay.hpp), so that modes wander as in J. Dattorro (1997), "Effect Design, Part 1". Its depth counts
// from the next reset() on; without depth, whole frames are read.
// The lines are in double precision and settle (dsp/state_archive.hpp), to 26 bits, as seldom as a difference of one
// bit in one sample takes to fade below one bit in all of them (settling_period): a song that was edited comes back to
// the same room, bit for bit. Size, pre-delay and depth of modulation jump (dsp::Motion).
#pragma once

#include <array>

#include "engine/dsp/biquad.hpp"
#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/delay_line.hpp"
#include "engine/dsp/one_pole.hpp"
#include "engine/dsp/oscillator.hpp"
#include "engine/effects/processor.hpp"
#include "engine/effects/reverb_lines.hpp"

namespace talkback::effects {

class Reverb final : public Processor {
 public:
  static constexpr int kLines = kReverbLines;

  Reverb();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  bool spreads() const noexcept override { return true; }
  void archive(dsp::StateArchive& state) override;
  Frames tail() const noexcept override;

 private:
  static constexpr int kChunkFrames = kTileFrames;
  static constexpr int kDiffusers = 4;
  using Chunk = std::array<float, kChunkFrames>;
  struct Diffuser {
    dsp::DelayLine line;
    std::int64_t frames = kChunkFrames;
  };

  void place_lines() noexcept;
  void tune_absorption() noexcept;
  static void put(ReverbAbsorption& absorption, std::size_t line, const dsp::Biquad& filter, double gain) noexcept;
  void process_chunk(AudioBlock block) noexcept;
  void prepare_inputs(ConstAudioBlock block, std::array<Chunk, 2>& inputs) noexcept;
  void read_lines(int frames) noexcept;
  void write_lines(const std::array<Chunk, 2>& inputs, int frames) noexcept;
  void read_modulated(int frames) noexcept;
  static bool is_modulated(std::size_t line) noexcept { return line / 2 % 2 == 0; }
  std::int64_t history_frames(std::size_t line) const noexcept;
  std::int64_t settling_period() const noexcept;
  void settle_lines() noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  int channels_ = 0;
  bool stale_ = true;
  std::array<dsp::DelayLine, 2> pre_delays_;
  std::int64_t pre_delay_frames_ = 0;
  std::array<dsp::OnePole, 2> low_cuts_{};
  float low_cut_pole_ = 0.0F;
  std::array<std::array<Diffuser, kDiffusers>, 2> diffusers_;
  std::array<dsp::BasicDelayLine<double>, kLines> lines_;
  std::array<std::int64_t, kLines> line_frames_{};
  ReverbAbsorption absorption_;
  ReverbAbsorption low_absorption_;
  bool lows_differ_ = false;
  ReverbTile tile_;
  const float* weights_ = nullptr;
  std::vector<double> window_;
  dsp::Phase phase_;
  dsp::Glide<double> step_{0.0};
  double depth_frames_ = 0.0;
  std::int64_t settlings_ = 0;  // places where the song settles, since reset()
  dsp::Glide<float> level_{1.0F};
  dsp::Glide<float> width_{1.0F};
  dsp::Glide<float> mix_{0.25F};
};

}  // namespace talkback::effects
