// Waves without aliases: one table of a turn for each third of an octave, with the partials that lie below half the
// sample rate there and no others. Read with Lagrange's cubic, eight or more samples to the highest partial's turn.
//
//   saw 2 t - 1; triangle as the sine, 0 and rising at t = 0. Both are free of DC. Immutable; any thread may read.
#pragma once

#include <cstdint>
#include <vector>

namespace talkback::instruments {

class BandLimitedWave {
 public:
  struct Table {
    std::uint32_t step_max = 0;  // the fastest phase, in 2^-32 turns a frame, without aliases
    int shift = 0;               // from a phase to a sample
    std::vector<float> samples;  // one before the turn and two after it

    float at(std::uint32_t phase) const noexcept {
      const float* p = samples.data() + (phase >> shift);
      const float x = static_cast<float>((phase << (32 - shift)) >> 8) * (1.0F / 16'777'216.0F);
      const float a = x + 1.0F;
      const float b = x - 1.0F;
      const float c = x - 2.0F;
      return (-p[0] * x * b * c + p[3] * a * x * b) * (1.0F / 6.0F) + (p[1] * a * b * c - p[2] * a * x * c) * 0.5F;
    }
  };

  static const BandLimitedWave& saw();
  static const BandLimitedWave& triangle();

  const Table& table_for(std::uint32_t step) const noexcept;

 private:
  // amplitude: of the partial.
  explicit BandLimitedWave(double (*amplitude)(int partial));

  std::vector<Table> tables_;
};

}  // namespace talkback::instruments
