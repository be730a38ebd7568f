// Compressor of four bands.
//
// Linkwitz-Riley crossovers (dsp/crossover.hpp) split the sound at crossover_2, then the lower half at crossover_1 and
// the upper at crossover_3; each half also goes through an all-pass for the crossover of the other. So all bands are in
// phase, and with nothing to compress their sum is an all-pass of flat magnitude. A crossover below the one before
// it counts as equal to it. The detector jumps (dsp::Motion).
// Each band: out = (1 - mix) in + mix * makeup * gain * in, with the gain of gain_computer.hpp, channels linked.
// Where a band is solo, only the solo ones are heard; a bypassed band is not compressed and has no make-up. No latency.
#pragma once

#include "engine/dsp/crossover.hpp"
#include "engine/dsp/decibel.hpp"
#include "engine/effects/gain_computer.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

class MultibandCompressor final : public Processor {
 public:
  static constexpr int kBands = 4;

  MultibandCompressor();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;
  double gain_reduction_db() const noexcept override { return -dsp::db_from_gain(static_cast<double>(gain_)); }

 private:
  struct Band {
    GainComputer computer;
    dsp::Glide<float> dry{0.0F};
    dsp::Glide<float> wet{1.0F};

    void archive(dsp::StateArchive& state) { state(computer, dry, wet); }
  };
  // [band][channel]
  using BandSounds = std::array<std::array<SideChain::Levels, 2>, kBands>;

  void aim() noexcept;
  void set_computers() noexcept;
  void process_chunk(AudioBlock block) noexcept;
  void split(ConstAudioBlock block, BandSounds& sounds) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  std::array<dsp::CrossoverFrequency, 3> frequencies_;
  dsp::Crossover middle_;
  dsp::Crossover lower_;
  dsp::Crossover upper_;
  dsp::ButterworthPair lower_all_pass_;
  dsp::ButterworthPair upper_all_pass_;
  std::array<Band, kBands> bands_;
  // The least of the bands at the newest frame, for meters.
  float gain_ = 1.0F;
};

}  // namespace talkback::effects
