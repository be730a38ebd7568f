// Second-order filter sections in double precision, transposed direct form II.
//
// y = b0 x + s1;  s1 = (b1 x + s2) - a1 y;  s2 = b2 x - a2 y.  Coefficients may be interpolated linearly:
// the stable (a1, a2) form a triangle, so what lies between two stable filters is stable. Where they stand still, y is
// put into the other two, so that no state waits for it:
//   s1 = ((b1 - a1 b0) x + s2) - a1 s1;  s2 = (b2 - a2 b0) x - a2 s1
#pragma once

#include <array>
#include <complex>
#include <span>

#include "engine/base/audio_block.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

struct Biquad {
  double b0 = 1.0;
  double b1 = 0.0;
  double b2 = 0.0;
  double a1 = 0.0;
  double a2 = 0.0;

  friend bool operator==(const Biquad&, const Biquad&) = default;
  void archive(StateArchive& state) { state(b0, b1, b2, a1, a2); }
};

// Response at an angular frequency in radians a frame.
std::complex<double> response_at(const Biquad& filter, double radians) noexcept;

// The filter that undoes this one. Only for filters whose zeros lie inside the unit circle.
Biquad inverse_of(const Biquad& filter) noexcept;

// A series of sections for one or two channels.
class BiquadCascade {
 public:
  static constexpr int kSectionsMax = 40;

  // Sections glide from their present coefficients (jump on the first call after reset).
  void set(std::span<const Biquad> sections) noexcept;

  // The same for sections that change places: section i goes on as section from[i] of before with all that it
  // remembers, and one whose from is -1 begins as it is to be, from silence. As many as sections. [audio-thread]
  void rearrange(std::span<const Biquad> sections, std::span<const int> from) noexcept;

  // Forgets the past; the coefficients arrive at their targets.
  void reset() noexcept;

  // block: one or two channels, in place. [audio-thread]
  void process(AudioBlock block) noexcept;

  // Whether every section passes sound as it is and remembers none: process() need not be called. Only the signs of
  // zeros in its memory are then forgotten. [audio-thread]
  bool rest_if_open() noexcept;

  std::size_t section_count() const noexcept { return static_cast<std::size_t>(section_count_); }

  void archive(StateArchive& state);

 private:
  struct Section {
    Biquad now;
    Biquad target;
    Biquad step;
    // [channel] of s1 and s2.
    std::array<double, 2> s1{};
    std::array<double, 2> s2{};
  };

  void process_steady(AudioBlock block) noexcept;
  void process_group(AudioBlock block, int first) noexcept;
  template <int channels>
  void process_gliding(AudioBlock block) noexcept;

  std::array<Section, kSectionsMax> sections_{};
  int section_count_ = 0;
  int gliding_frames_ = 0;
};

}  // namespace talkback::dsp
