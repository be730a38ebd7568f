#include "engine/effects/equaliser.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/dsp/decibel.hpp"

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

using Prototypes = std::array<Prototype, MatchedCascade::kSectionsMax>;

// The sections of a low or high pass; how many is returned.
template <class FirstOrder, class SecondOrder>
std::size_t pass_prototypes(double slope, double q, Prototypes& result, FirstOrder first_order,
                            SecondOrder second_order) noexcept {
  const int order = std::clamp(static_cast<int>(std::lround(slope / 6.0)), 1, 8);
  std::size_t count = 0;
  if (order % 2 == 1) result[count++] = first_order();
  for (int k = 0; k < order / 2; ++k) {
    const double butterworth_q = 0.5 / std::sin((2.0 * k + 1.0) * std::numbers::pi / (2.0 * order));
    result[count++] = second_order(k == 0 ? butterworth_q * (q / kButterworthQ) : butterworth_q);
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
  Prototypes prototypes{};
  std::size_t count = 1;
  switch (shape) {
    case BandShape::off:
      count = 0;
      break;
    case BandShape::bell:
      prototypes[0] = bell(radians, gain, q);
      break;
    case BandShape::low_shelf:
      prototypes[0] = low_shelf(radians, gain, q);
      break;
    case BandShape::high_shelf:
      prototypes[0] = high_shelf(radians, gain, q);
      break;
    case BandShape::low_pass:
      count = pass_prototypes(
          slope, q, prototypes, [&] { return first_order_low_pass(radians); },
          [&](double section_q) { return low_pass(radians, section_q); });
      break;
    case BandShape::high_pass:
      count = pass_prototypes(
          slope, q, prototypes, [&] { return first_order_high_pass(radians); },
          [&](double section_q) { return high_pass(radians, section_q); });
      break;
    case BandShape::notch:
      prototypes[0] = notch(radians, q);
      break;
    case BandShape::band_pass:
      prototypes[0] = band_pass(radians, q);
      break;
  }
  const bool is_flat =
      gain == 1.0 && (shape == BandShape::bell || shape == BandShape::low_shelf || shape == BandShape::high_shelf);
  Band& result = bands_[static_cast<std::size_t>(band)];
  // A flat band keeps its place, so that a moving gain finds it there.
  result.filter = MatchedCascade{.sections = {}, .count = count, .correction = {}};
  if (count > 0 && !is_flat) result.filter = matched_cascade(std::span(prototypes).first(count));
  result.stale = false;
}

void Equaliser::update() noexcept {
  std::array<dsp::Biquad, static_cast<std::size_t>(kBands) * MatchedCascade::kSectionsMax> sections{};
  std::array<dsp::Biquad, static_cast<std::size_t>(kBands)> corrections{};
  std::size_t count = 0;
  std::size_t correction_count = corrections_.section_count();
  for (std::size_t b = 0; b < bands_.size(); ++b) {
    if (bands_[b].stale) design(static_cast<int>(b));
    const MatchedCascade& filter = bands_[b].filter;
    for (std::size_t i = 0; i < filter.count; ++i) sections[count++] = filter.sections[i];
    corrections[b] = filter.correction;
    if (filter.correction != dsp::Biquad{}) correction_count = std::max(correction_count, b + 1);
  }
  cascade_.set(std::span(sections).first(count));
  // One that is new begins open and glides as the band does.
  if (correction_count > corrections_.section_count())
    corrections_.set(std::array<dsp::Biquad, static_cast<std::size_t>(kBands)>{});
  corrections_.set(std::span(corrections).first(correction_count));
  stale_ = false;
}

void Equaliser::process(AudioBlock block) noexcept {
  if (stale_) update();
  cascade_.process(block);
  if (corrections_.section_count() > 0) corrections_.process(block);
  if (!output_gain_.is_moving() && output_gain_.value() == 1.0F) return;
  for (int n = 0; n < block.frame_count(); ++n) {
    const float gain = output_gain_.next();
    for (int c = 0; c < block.channel_count(); ++c) block.channel(c)[static_cast<std::size_t>(n)] *= gain;
  }
}

void Equaliser::reset() noexcept {
  if (rate_.hz > 0) update();
  cascade_.reset();
  corrections_.reset();
  output_gain_.jump(output_gain_.target());
}

void Equaliser::archive(dsp::StateArchive& state) {
  // Let go of here only, which is at the same frames whatever the blocks.
  if (state.is_settling() && corrections_.rest_if_open()) corrections_.set({});
  state(values_, stale_, cascade_, corrections_, output_gain_);
  // Designed anew from the values when the next of them changes.
  for (Band& band : bands_) band.stale = band.stale || state.is_loading();
}

}  // namespace talkback::effects
