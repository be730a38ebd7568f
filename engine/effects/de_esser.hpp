// De-esser: turns sibilants down where they are louder than the threshold.
//
// A Linkwitz-Riley crossover (dsp/crossover.hpp) splits the sound at frequency_hz. With x the greatest magnitude of the
// upper band's channels in dB,
//   reduction = min(max(x - threshold_db, 0), range_db),
// smoothed in dB with attack_ms and release_ms (dsp/envelope.hpp). Split-band takes it from the upper band and adds the
// bands again: at rest the sound is all-passed, of flat magnitude. Wide-band takes it from the whole sound, which at
// rest comes out bit for bit. listen gives what the detector hears. Mode and listen jump (dsp::Motion). No latency.
#pragma once

#include "engine/dsp/crossover.hpp"
#include "engine/dsp/envelope.hpp"
#include "engine/effects/processor.hpp"
#include "engine/effects/side_chain.hpp"

namespace talkback::effects {

class DeEsser final : public Processor {
 public:
  DeEsser();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;
  double gain_reduction_db() const noexcept override { return static_cast<double>(envelope_.value); }

 private:
  static constexpr int kChunkFrames = SideChain::kChunkFrames;
  // [channel]
  using Bands = std::array<SideChain::Levels, 2>;

  void aim() noexcept;
  void process_chunk(AudioBlock block) noexcept;
  void split(ConstAudioBlock block, Bands& low, Bands& high) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  float attack_pole_ = 0.0F;
  float release_pole_ = 0.0F;
  dsp::CrossoverFrequency frequency_;
  dsp::Crossover crossover_;
  dsp::EnvelopeFollower envelope_;
};

}  // namespace talkback::effects
