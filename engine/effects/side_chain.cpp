#include "engine/effects/side_chain.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/effects/matched_filter.hpp"

namespace talkback::effects {

namespace {

constexpr double kRatePartMax = 0.45;

}  // namespace

void SideChain::prepare(SampleRate rate) noexcept {
  rate_ = rate;
  design();
  reset();
}

void SideChain::set_filters(double high_pass_hz, double low_pass_hz) noexcept {
  if (high_pass_hz == high_pass_hz_ && low_pass_hz == low_pass_hz_) return;
  high_pass_hz_ = high_pass_hz;
  low_pass_hz_ = low_pass_hz;
  if (rate_.hz > 0) design();
}

void SideChain::design() noexcept {
  constexpr double kButterworthQ = 1.0 / std::numbers::sqrt2;
  const auto radians = [this](double hz) {
    return 2.0 * std::numbers::pi * std::min(hz, kRatePartMax * rate_.hz) / rate_.hz;
  };
  std::array<dsp::Biquad, 2> sections{};
  const bool has_high_pass = high_pass_hz_ > 0.0;
  const bool has_low_pass = low_pass_hz_ > 0.0 && low_pass_hz_ < kRatePartMax * rate_.hz;
  if (has_high_pass) sections[0] = matched_filter(high_pass(radians(high_pass_hz_), kButterworthQ));
  if (has_low_pass) sections[1] = matched_filter(low_pass(radians(low_pass_hz_), kButterworthQ));
  has_filters_ = has_filters_ || has_high_pass || has_low_pass;
  cascade_.set(sections);
}

void SideChain::measure(ConstAudioBlock key, Levels& levels) noexcept {
  const auto frames = static_cast<std::size_t>(key.frame_count());
  std::array<Levels, 2> filtered;
  if (has_filters_) {
    const std::array<float*, 2> pointers{filtered[0].data(), filtered[1].data()};
    const AudioBlock copy(std::span<float* const>(pointers).first(static_cast<std::size_t>(key.channel_count())),
                          key.frame_count());
    for (int c = 0; c < key.channel_count(); ++c) std::ranges::copy(key.channel(c), copy.channel(c).begin());
    cascade_.process(copy);
    key = copy;
  }
  const float* left = key.channel(0).data();
  const float* right = key.channel(key.channel_count() - 1).data();
  for (std::size_t n = 0; n < frames; ++n) levels[n] = std::max(std::abs(left[n]), std::abs(right[n]));
  std::fill(levels.begin() + static_cast<std::ptrdiff_t>(frames), levels.end(), 0.0F);
}

void SideChain::archive(dsp::StateArchive& state) { state(high_pass_hz_, low_pass_hz_, has_filters_, cascade_); }

}  // namespace talkback::effects
