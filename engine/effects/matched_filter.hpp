// Digital second-order filters whose magnitude follows their analogue prototype up to the top of the
// band, where the bilinear transform would cramp it.
//
// After M. Vicanek (2016), "Matched Second Order Digital Filters": the squared magnitude of a biquad is
// linear in (B0, B1, B2) over 1 - sin^2(w/2), sin^2(w/2) and their product, so poles are taken from the
// prototype by impulse invariance and the numerator is solved from the prototype's magnitude at three
// frequencies. Deviation: of several triples of frequencies the one that leaves the smallest error up
// to 0.75 of the Nyquist frequency is taken, and where poles cannot be mapped, they are solved likewise. What then is
// off by more than 0.03 dB is fitted by least squares (magnitude_fit.hpp). Prototypes of first order become filters of
// second order, which follow them better.
#pragma once

#include "engine/dsp/biquad.hpp"
#include "engine/effects/prototype.hpp"

namespace talkback::effects {

dsp::Biquad matched_filter(const Prototype& prototype) noexcept;

}  // namespace talkback::effects
