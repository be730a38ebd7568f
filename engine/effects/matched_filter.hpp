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

namespace talkback::effects {

// H(s) = (n2 s^2 + n1 s + n0) / (d2 s^2 + d1 s + d0), with s in units of `radians` (the corner in radians a frame).
struct Prototype {
  double n2 = 0.0, n1 = 0.0, n0 = 1.0;
  double d2 = 0.0, d1 = 0.0, d0 = 1.0;
  double radians = 1.0;
};

// |H|^2 at an angular frequency in radians a frame.
double squared_magnitude(const Prototype& prototype, double radians) noexcept;

// gain: linear. q: of the prototype, 1/sqrt(2) is flattest. Laws of the shapes after R. Bristow-Johnson,
// "Audio EQ Cookbook": bell with half its gain in dB at the band edges, shelves with half at the corner.
Prototype bell(double radians, double gain, double q) noexcept;
Prototype low_shelf(double radians, double gain, double q) noexcept;
Prototype high_shelf(double radians, double gain, double q) noexcept;
Prototype low_pass(double radians, double q) noexcept;
Prototype high_pass(double radians, double q) noexcept;
Prototype band_pass(double radians, double q) noexcept;
Prototype notch(double radians, double q) noexcept;
Prototype first_order_low_pass(double radians) noexcept;
Prototype first_order_high_pass(double radians) noexcept;

dsp::Biquad matched_filter(const Prototype& prototype) noexcept;

}  // namespace talkback::effects
