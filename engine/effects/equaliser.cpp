#include "engine/effects/equaliser.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/dsp/decibel.hpp"
#include "engine/effects/matched_filter.hpp"

namespace talkback::effects {

namespace {

constexpr double kButterworthQ = 1.0 / std::numbers::sqrt2;

#define TALKBACK_EQUALISER_BAND(n)                                                          \
  {"band_" #n ".shape", "", 0.0, 7.0, 0.0, Taper::linear},                                  \
      {"band_" #n ".frequency_hz", "Hz", 10.0, 40'000.0, 1'000.0, Taper::logarithmic},      \
      {"band_" #n ".gain_db", "dB", -30.0, 30.0, 0.0, Taper::linear},                       \
      {"band_" #n ".q", "", 0.05, 40.0, kButterworthQ, Taper::logarithmic}, ParameterInfo { \
    "band_" #n ".slope_db_per_octave", "dB/oct", 6.0, 48.0, 12.0, Taper::linear             \
  }

constexpr ParameterInfo kParameters[] = {
    TALKBACK_EQUALISER_BAND(1), TALKBACK_EQUALISER_BAND(2), TALKBACK_EQUALISER_BAND(3),
    TALKBACK_EQUALISER_BAND(4), TALKBACK_EQUALISER_BAND(5), TALKBACK_EQUALISER_BAND(6),
    TALKBACK_EQUALISER_BAND(7), TALKBACK_EQUALISER_BAND(8), {"output_db", "dB", -24.0, 24.0, 0.0, Taper::linear},
};
#undef TALKBACK_EQUALISER_BAND

constexpr int kOutputDb = Equaliser::kBands * Equaliser::kBandParameters;
static_assert(std::size(kParameters) == kOutputDb + 1);

// The sections of a low or high pass; how many is returned.
template <class FirstOrder, class SecondOrder>
int design_cascade(double slope, double q, std::span<dsp::Biquad> sections, FirstOrder first_order,
                   SecondOrder second_order) noexcept {
  const int order = std::clamp(static_cast<int>(std::lround(slope / 6.0)), 1, 8);
  int count = 0;
  if (order % 2 == 1) sections[static_cast<std::size_t>(count++)] = matched_filter(first_order());
  for (int k = 0; k < order / 2; ++k) {
    const double butterworth_q = 0.5 / std::sin((2.0 * k + 1.0) * std::numbers::pi / (2.0 * order));
    const double section_q = k == 0 ? butterworth_q * (q / kButterworthQ) : butterworth_q;
    sections[static_cast<std::size_t>(count++)] = matched_filter(second_order(section_q));
  }
  return count;
}

}  // namespace

Equaliser::Equaliser() : values_(kParameters) {}

std::span<const ParameterInfo> Equaliser::parameters() const noexcept { return kParameters; }

void Equaliser::prepare(SampleRate rate, int) {
  rate_ = rate;
  for (Band& band : bands_) band.stale = true;
  stale_ = true;
  reset();
}

void Equaliser::set(int index, double value) noexcept {
  if (!values_.set(index, value)) return;
  if (index == kOutputDb) return output_gain_.set(static_cast<float>(dsp::gain_from_db(values_[kOutputDb])));
  bands_[static_cast<std::size_t>(index / kBandParameters)].stale = true;
  stale_ = true;
}

void Equaliser::design(int band) noexcept {
  const int first = band * kBandParameters;
  const auto shape = static_cast<BandShape>(std::lround(values_[first]));
  const double radians = 2.0 * std::numbers::pi * values_[first + 1] / rate_.hz;
  const double gain = dsp::gain_from_db(values_[first + 2]);
  const double q = values_[first + 3];
  const double slope = values_[first + 4];
  Band& result = bands_[static_cast<std::size_t>(band)];
  result.section_count = 1;
  dsp::Biquad& section = result.sections[0];
  switch (shape) {
    case BandShape::off:
      result.section_count = 0;
      break;
    case BandShape::bell:
      section = gain == 1.0 ? dsp::Biquad{} : matched_filter(bell(radians, gain, q));
      break;
    case BandShape::low_shelf:
      section = gain == 1.0 ? dsp::Biquad{} : matched_filter(low_shelf(radians, gain, q));
      break;
    case BandShape::high_shelf:
      section = gain == 1.0 ? dsp::Biquad{} : matched_filter(high_shelf(radians, gain, q));
      break;
    case BandShape::low_pass:
      result.section_count = design_cascade(
          slope, q, result.sections, [&] { return first_order_low_pass(radians); },
          [&](double section_q) { return low_pass(radians, section_q); });
      break;
    case BandShape::high_pass:
      result.section_count = design_cascade(
          slope, q, result.sections, [&] { return first_order_high_pass(radians); },
          [&](double section_q) { return high_pass(radians, section_q); });
      break;
    case BandShape::notch:
      section = matched_filter(notch(radians, q));
      break;
    case BandShape::band_pass:
      section = matched_filter(band_pass(radians, q));
      break;
  }
  result.stale = false;
}

void Equaliser::update() noexcept {
  std::array<dsp::Biquad, static_cast<std::size_t>(kBands * kBandSectionsMax)> sections{};
  std::size_t count = 0;
  for (int b = 0; b < kBands; ++b) {
    Band& band = bands_[static_cast<std::size_t>(b)];
    if (band.stale) design(b);
    for (int i = 0; i < band.section_count; ++i) sections[count++] = band.sections[static_cast<std::size_t>(i)];
  }
  cascade_.set(std::span(sections).first(count));
  stale_ = false;
}

void Equaliser::process(AudioBlock block) noexcept {
  if (stale_) update();
  cascade_.process(block);
  if (!output_gain_.is_moving() && output_gain_.value() == 1.0F) return;
  for (int n = 0; n < block.frame_count(); ++n) {
    const float gain = output_gain_.next();
    for (int c = 0; c < block.channel_count(); ++c) block.channel(c)[static_cast<std::size_t>(n)] *= gain;
  }
}

void Equaliser::reset() noexcept {
  if (rate_.hz > 0) update();
  cascade_.reset();
  output_gain_.jump(output_gain_.target());
}

void Equaliser::archive(dsp::StateArchive& state) {
  state(values_, stale_, cascade_, output_gain_);
  // Designed anew from the values when the next of them changes.
  for (Band& band : bands_) band.stale = band.stale || state.is_loading();
}

}  // namespace talkback::effects
