// The envelope of envelope.hpp, eight frames at a time.
//
// released = max(L, u + r released) and value = min(released, w + a value) are maps of the form max(A, B + c y) and
// min(A, B + c y). Such maps composed are such maps again, so a vector's eight frames are found by a prefix scan (P.
// Kogge and H. Stone 1973, "A Parallel Algorithm for the Efficient Solution of a General Class of Recurrence
// Equations", IEEE Trans. Computers C-22) instead of one after the other.
//
// Vectors are counted from reset() on, whatever the division into blocks: a vector that a block ends in is begun again
// with the next block.
#pragma once

#include <array>
#include <cstddef>

#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

class EnvelopeScan {
 public:
  static constexpr int kLanes = 8;
  using Vector = std::array<float, kLanes>;

  // Poles as of pole_of_time.
  void set(double attack_pole, double release_pole) noexcept;
  void reset() noexcept;

  // Levels of 0 or more, in place. [audio-thread]
  void process(float* levels, std::size_t frames) noexcept;

  // Nothing above 0 was heard for so long that silence has come.
  bool is_at_rest() const noexcept;
  // As process() over as many frames of level 0, at rest.
  void rest(std::size_t frames) noexcept { phase_ = (phase_ + static_cast<int>(frames % kLanes)) % kLanes; }

  // Without the poles.
  void archive(StateArchive& state) { state(ends_.released, ends_.value, phase_, begun_); }

  // The rest of the header is the scan's own affair.
  struct Pole {
    float rest = 1.0F;             // 1 - pole
    std::array<float, 3> steps{};  // pole to the power of 1, 2 and 4
    alignas(32) Vector lanes{};    // pole to the power of lane + 1
  };
  struct Ends {
    float released = 0.0F;
    float value = 0.0F;
  };

 private:
  static Pole make_pole(double pole, bool is_release) noexcept;
  void process_part(float* levels, std::size_t frames) noexcept;

  Pole attack_;
  Pole release_;
  Ends ends_;       // of the last whole vector
  int phase_ = 0;   // frames of the vector that is begun
  Vector begun_{};  // and their levels
};

}  // namespace talkback::dsp
