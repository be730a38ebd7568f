#include "engine/effects/equaliser.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/dsp/decibel.hpp"

namespace talkback::effects {

namespace {

constexpr double kButterworthQ = 1.0 / std::numbers::sqrt2;

#define TALKBACK_EQUALISER_BAND(n)                                                             \
  {"band_" #n ".shape", "", 0.0, 7.0, 0.0, Taper::linear, Motion::steps},                      \
      {"band_" #n ".frequency_hz", "Hz", 10.0, 40'000.0, 1'000.0, Taper::logarithmic},         \
      {"band_" #n ".gain_db", "dB", -30.0, 30.0, 0.0, Taper::linear},                          \
      {"band_" #n ".q", "", 0.05, 40.0, kButterworthQ, Taper::logarithmic}, ParameterInfo {    \
    "band_" #n ".slope_db_per_octave", "dB/oct", 6.0, 48.0, 12.0, Taper::linear, Motion::steps \
  }

constexpr ParameterInfo kParameters[] = {
    TALKBACK_EQUALISER_BAND(1), TALKBACK_EQUALISER_BAND(2), TALKBACK_EQUALISER_BAND(3),
    TALKBACK_EQUALISER_BAND(4), TALKBACK_EQUALISER_BAND(5), TALKBACK_EQUALISER_BAND(6),
    TALKBACK_EQUALISER_BAND(7), TALKBACK_EQUALISER_BAND(8), {"output_db", "dB", -24.0, 24.0, 0.0, Taper::linear},
};
#undef TALKBACK_EQUALISER_BAND

constexpr int kOutputDb = Equaliser::kBands * Equaliser::kBandParameters;
static_assert(std::size(kParameters) == kOutputDb + 1);

constexpr std::size_t kSections = static_cast<std::size_t>(Equaliser::kBands) * MatchedCascade::kSectionsMax;

using Prototypes = std::array<Prototype, MatchedCascade::kSectionsMax>;

constexpr int kOrderMax = 8;

bool is_pass(BandShape shape) noexcept { return shape == BandShape::low_pass || shape == BandShape::high_pass; }

// The sections of a low or high pass; how many is returned.
template <class FirstOrder, class SecondOrder>
std::size_t pass_prototypes(int order, double q, Prototypes& result, FirstOrder first_order,
                            SecondOrder second_order) noexcept {
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

void Equaliser::Kind::archive(dsp::StateArchive& state) {
  state(shape, order);
  // A damaged archive must not lead beyond the shapes.
  shape = std::clamp(shape, BandShape::off, BandShape::band_pass);
  order = std::clamp(order, is_pass(shape) ? 1 : 0, is_pass(shape) ? kOrderMax : 0);
}

std::size_t Equaliser::sections_of(Kind kind) noexcept {
  if (kind.shape == BandShape::off) return 0;
  return is_pass(kind.shape) ? static_cast<std::size_t>(kind.order + 1) / 2 : 1;
}

Equaliser::Kind Equaliser::wanted_kind(int band) const noexcept {
  const int first = band * kBandParameters;
  Kind kind{static_cast<BandShape>(std::lround(values_[first])), 0};
  if (is_pass(kind.shape))
    kind.order = std::clamp(static_cast<int>(std::lround(values_[first + 4] / 6.0)), 1, kOrderMax);
  return kind;
}

bool Equaliser::has_to_switch() const noexcept {
  for (int b = 0; b < kBands; ++b) {
    if (wanted_kind(b) != bands_[static_cast<std::size_t>(b)].kind) return true;
  }
  return false;
}

void Equaliser::prepare(SampleRate rate, int) {
  rate_ = rate;
  fade_frames_ = std::max(1, static_cast<int>(std::lround(kFadeSeconds * rate.hz)));
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
  Band& result = bands_[static_cast<std::size_t>(band)];
  const auto [shape, order] = result.kind;
  const double radians = 2.0 * std::numbers::pi * values_[first + 1] / rate_.hz;
  const double gain = dsp::gain_from_db(values_[first + 2]);
  const double q = values_[first + 3];
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
          order, q, prototypes, [&] { return first_order_low_pass(radians); },
          [&](double section_q) { return low_pass(radians, section_q); });
      break;
    case BandShape::high_pass:
      count = pass_prototypes(
          order, q, prototypes, [&] { return first_order_high_pass(radians); },
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
  // A flat band keeps its place, so that a moving gain finds it there.
  result.filter = MatchedCascade{.sections = {}, .count = count, .correction = {}};
  if (count > 0 && !is_flat) result.filter = matched_cascade(std::span(prototypes).first(count));
  result.stale = false;
}

// Sections that stay take their memory to their new places. The corrections that stay have places of their own.
void Equaliser::begin_switch() noexcept {
  before_ = chain_;
  fade_left_ = fade_frames_;
  std::array<int, kSections> from{};
  std::array<dsp::Biquad, kSections> sections{};
  std::array<dsp::Biquad, static_cast<std::size_t>(kBands)> corrections{};
  std::array<int, static_cast<std::size_t>(kBands)> corrections_from{};
  std::size_t count = 0;
  int count_before = 0;
  for (int b = 0; b < kBands; ++b) {
    Band& band = bands_[static_cast<std::size_t>(b)];
    const auto sections_before = static_cast<int>(sections_of(band.kind));
    const Kind kind = wanted_kind(b);
    const bool stays = kind == band.kind;
    if (!stays) band = {kind, {}, true};
    if (band.stale) design(b);
    corrections[static_cast<std::size_t>(b)] = band.filter.correction;
    corrections_from[static_cast<std::size_t>(b)] = stays ? b : -1;
    for (std::size_t i = 0; i < band.filter.count; ++i, ++count) {
      sections[count] = band.filter.sections[i];
      from[count] = stays ? count_before + static_cast<int>(i) : -1;
    }
    count_before += sections_before;
  }
  chain_.cascade.rearrange(std::span(sections).first(count), std::span(from).first(count));
  std::size_t needed = kBands;
  while (needed > 0 && corrections[needed - 1] == dsp::Biquad{} && needed > chain_.corrections.section_count())
    --needed;
  chain_.corrections.rearrange(std::span(corrections).first(needed), std::span(corrections_from).first(needed));
}

void Equaliser::update() noexcept {
  stale_ = false;
  if (fade_left_ == 0 && has_to_switch()) return begin_switch();
  std::array<dsp::Biquad, kSections> sections{};
  std::array<dsp::Biquad, static_cast<std::size_t>(kBands)> corrections{};
  std::size_t count = 0;
  dsp::BiquadCascade& corrected = chain_.corrections;
  std::size_t correction_count = corrected.section_count();
  for (std::size_t b = 0; b < bands_.size(); ++b) {
    if (bands_[b].stale) design(static_cast<int>(b));
    const MatchedCascade& filter = bands_[b].filter;
    for (std::size_t i = 0; i < filter.count; ++i) sections[count++] = filter.sections[i];
    corrections[b] = filter.correction;
    if (filter.correction != dsp::Biquad{}) correction_count = std::max(correction_count, b + 1);
  }
  chain_.cascade.set(std::span(sections).first(count));
  // One that is new begins open and glides as the band does.
  if (correction_count > corrected.section_count())
    corrected.set(std::array<dsp::Biquad, static_cast<std::size_t>(kBands)>{});
  corrected.set(std::span(corrections).first(correction_count));
}

void Equaliser::Chain::process(AudioBlock block) noexcept {
  cascade.process(block);
  if (corrections.section_count() > 0) corrections.process(block);
}

void Equaliser::Chain::reset() noexcept {
  cascade.reset();
  corrections.reset();
}

void Equaliser::Chain::archive(dsp::StateArchive& state) {
  // Let go of here only, which is at the same frames whatever the blocks.
  if (state.is_settling() && corrections.rest_if_open()) corrections.set({});
  state(cascade, corrections);
}

// At most kChunkFrames and fade_left_ frames.
void Equaliser::cross_over(AudioBlock block) noexcept {
  std::array<std::array<float, kChunkFrames>, 2> sounds;
  std::array<float*, 2> channels{sounds[0].data(), sounds[1].data()};
  const std::span<float* const> used(channels.data(), static_cast<std::size_t>(block.channel_count()));
  const AudioBlock other(used, block.frame_count());
  for (int c = 0; c < block.channel_count(); ++c) std::ranges::copy(block.channel(c), other.channel(c).begin());
  before_.process(other);
  chain_.process(block);
  for (std::size_t n = 0; n < static_cast<std::size_t>(block.frame_count()); ++n) {
    --fade_left_;
    const float x = 1.0F - static_cast<float>(fade_left_) / static_cast<float>(fade_frames_);
    const float weight = x * x * (3.0F - 2.0F * x);
    for (int c = 0; c < block.channel_count(); ++c) {
      float& now = block.channel(c)[n];
      const float before = other.channel(c)[n];
      now = before + weight * (now - before);
    }
  }
  // What was asked for meanwhile begins with the next frame.
  if (fade_left_ == 0 && has_to_switch()) stale_ = true;
}

void Equaliser::process(AudioBlock block) noexcept {
  for (int done = 0; done < block.frame_count();) {
    if (stale_) update();
    const int rest = block.frame_count() - done;
    const int frames = fade_left_ > 0 ? std::min({rest, fade_left_, kChunkFrames}) : rest;
    const AudioBlock part = block.slice(done, frames);
    fade_left_ > 0 ? cross_over(part) : chain_.process(part);
    done += frames;
  }
  if (!output_gain_.is_moving() && output_gain_.value() == 1.0F) return;
  for (int n = 0; n < block.frame_count(); ++n) {
    const float gain = output_gain_.next();
    for (int c = 0; c < block.channel_count(); ++c) block.channel(c)[static_cast<std::size_t>(n)] *= gain;
  }
}

void Equaliser::reset() noexcept {
  fade_left_ = 0;
  for (int b = 0; b < kBands; ++b) {
    Band& band = bands_[static_cast<std::size_t>(b)];
    if (const Kind kind = wanted_kind(b); kind != band.kind) band = {kind, {}, true};
  }
  if (rate_.hz > 0) update();
  chain_.reset();
  output_gain_.jump(output_gain_.target());
}

void Equaliser::archive(dsp::StateArchive& state) {
  state(values_, stale_, chain_, output_gain_, fade_left_);
  fade_left_ = std::clamp(fade_left_, 0, fade_frames_);
  if (fade_left_ > 0) state(before_);
  for (Band& band : bands_) {
    state(band.kind);
    // Designed anew from the values when the next of them changes.
    band.stale = band.stale || state.is_loading();
  }
}

}  // namespace talkback::effects
