// Digital sections in series that follow prototypes in series, where one matched section for each does not suffice.
//
// Sections are matched one by one (matched_filter.hpp). Where what they make together is off by more than 0.05 dB, one
// section more corrects it, fitted to what is missing (magnitude_fit.hpp). As what is missing must be smooth for that,
// resonances are then left to sections with the poles and zeros of the prototypes, mapped by z = e^s (the "matched
// Z-transform"; L. Rabiner, B. Gold 1975, "Theory and Application of Digital Signal Processing", 4.11). Of corners
// below the Nyquist frequency every shape is then within 0.1 dB, at any q, gain and slope, up to 18 kHz at a rate of
// 48 kHz and down to -60 dB; of those above it too.
#pragma once

#include <array>
#include <span>

#include "engine/dsp/biquad.hpp"
#include "engine/effects/prototype.hpp"

namespace talkback::effects {

struct MatchedCascade {
  static constexpr std::size_t kSectionsMax = 4;
  std::array<dsp::Biquad, kSectionsMax> sections{};
  std::size_t count = 0;
  // Passes sound as it is where nothing has to be corrected.
  dsp::Biquad correction;
};

// prototypes: one to kSectionsMax, of one corner. Takes 5 us a prototype, 50 us more with a correction. [audio-thread]
MatchedCascade matched_cascade(std::span<const Prototype> prototypes) noexcept;

}  // namespace talkback::effects
