// Saturation: a curve that bends the sound, computed at sixteen times the rate.
//
//   out = output * ((1 - mix) in + mix * f(drive * in)),  drive and output in dB
// Characters, with s(x) = x / sqrt(1 + x^2), a curve much like tanh:
//   soft  f(x) = s(x)
//   tube  f(x) = (s(x + 1/2) - s(1/2)) / s'(1/2): bent more above than below, so with even harmonics
//   tape  f(x) = E^-1(s(E(x))), where E raises the sound above 3 kHz by 9 dB: highs saturate first
//   hard  f(x) = min(max(x, -1), 1)
// Quiet sound passes with the gain of the drive. Four half-band filters (dsp/half_band.hpp) double the rate and halve
// it again. Against the harmonics beyond that, the curve is averaged between neighbouring samples, exactly by its
// integral (J. Parker, V. Zavalishin, E. Le Bivic 2016, "Reducing the Aliasing of Nonlinear Waveshaping Using
// Continuous-Time Convolution", DAFx-16, section 3). The hard curve, whose corners give harmonics that fall off
// slowest, is averaged under a triangle over two ways (their section 4; S. Bilbao, F. Esqueda, J. Parker, V. Valimaki
// 2017, "Antiderivative Antialiasing for Memoryless Nonlinearities"), by its pieces instead of by differences. Aliases
// of a tone of 5 kHz at -6 dBFS, 48 kHz rate, stay below -90 dBFS at any drive, those of hard and tube below -100. A
// high-pass at 5 Hz takes DC from the wet sound. Latency: 113 frames; the dry sound is as late (the averages make the
// wet one 1/32 of a frame later, but for hard). The character jumps (dsp::Motion).
#pragma once

#include <array>
#include <vector>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/delay_line.hpp"
#include "engine/dsp/half_band.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

// The numbers of Saturation.Character in the session.
enum class SaturationCharacter { unspecified, soft, tube, tape, hard };

class Saturation final : public Processor {
 public:
  Saturation();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate, int channels) override;
  void set(int index, double value) noexcept override;
  void process(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;
  Frames latency() const noexcept override;

 private:
  static constexpr std::size_t kChunk = 32;
  static constexpr std::size_t kFactor = 16;
  // Before this many samples of the high rate: makes the latency whole.
  static constexpr std::size_t kPadding = 6;
  // Samples that the averages look back.
  static constexpr std::size_t kBefore = 2;

  // A filter of first order; E above, or its inverse.
  struct Shelf {
    double b0 = 1.0;
    double b1 = 0.0;
    double a1 = 0.0;
  };
  struct Channel {
    dsp::HalfBand<32, 72, kChunk> first;
    dsp::HalfBand<7, 7, 2 * kChunk> second;
    dsp::HalfBand<5, 5, 4 * kChunk> third;
    dsp::HalfBand<4, 4, 8 * kChunk> fourth;
    // The newest samples before the curve and after it.
    std::array<float, kBefore> before{};
    std::array<float, kPadding> after{};
    double emphasis = 0.0;
    double de_emphasis = 0.0;
    double blocked_input = 0.0;
    double blocked = 0.0;
    dsp::DelayLine dry;

    void archive(dsp::StateArchive& state);
  };

  void process_chunk(AudioBlock block) noexcept;
  void bend(Channel& channel, std::span<float> sound, SaturationCharacter character) noexcept;

  ParameterValues values_;
  SampleRate rate_{};
  Shelf emphasis_;
  Shelf de_emphasis_;
  double block_pole_ = 0.0;
  std::vector<Channel> channels_;
  dsp::Glide<float> drive_{1.0F};
  dsp::Glide<float> dry_{0.0F};
  dsp::Glide<float> wet_{1.0F};
};

}  // namespace talkback::effects
