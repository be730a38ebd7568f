#include "engine/instruments/band_limited_wave.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace talkback::instruments {

namespace {

constexpr int kTablesAnOctave = 3;
// From 23 Hz at 48 kHz to half the rate: lower notes have as many partials as that one.
constexpr int kOctaves = 10;
constexpr int kSamplesMin = 512;
constexpr int kSamplesAPartial = 8;

}  // namespace

BandLimitedWave::BandLimitedWave(double (*amplitude)(int partial)) {
  for (int i = 0; i <= kOctaves * kTablesAnOctave; ++i) {
    const double turns_a_frame = 0.5 * std::exp2(static_cast<double>(i) / kTablesAnOctave - kOctaves);
    const int partials = static_cast<int>(0.5 / turns_a_frame + 1e-9);
    const auto size = static_cast<std::size_t>(
        std::bit_ceil(static_cast<unsigned>(std::max(kSamplesMin, kSamplesAPartial * partials))));
    Table table;
    table.step_max = static_cast<std::uint32_t>(turns_a_frame * 4294967296.0);
    table.shift = 32 - std::countr_zero(size);
    std::vector<double> sine(size);
    for (std::size_t n = 0; n < size; ++n)
      sine[n] = std::sin(2.0 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(size));
    std::vector<double> turn(size);
    for (int partial = 1; partial <= partials; ++partial) {
      const double level = amplitude(partial);
      if (level == 0.0) continue;
      for (std::size_t n = 0; n < size; ++n)
        turn[n] += level * sine[n * static_cast<std::size_t>(partial) & (size - 1)];
    }
    for (std::size_t n = 0; n < size + 3; ++n)
      table.samples.push_back(static_cast<float>(turn[(n + size - 1) & (size - 1)]));
    tables_.push_back(std::move(table));
  }
}

const BandLimitedWave& BandLimitedWave::saw() {
  static const BandLimitedWave wave([](int partial) { return -2.0 / (std::numbers::pi * partial); });
  return wave;
}

const BandLimitedWave& BandLimitedWave::triangle() {
  static const BandLimitedWave wave([](int partial) {
    if (partial % 2 == 0) return 0.0;
    const double sign = partial % 4 == 1 ? 1.0 : -1.0;
    return sign * 8.0 / (std::numbers::pi * std::numbers::pi * partial * partial);
  });
  return wave;
}

const BandLimitedWave::Table& BandLimitedWave::table_for(std::uint32_t step) const noexcept {
  const auto found = std::ranges::lower_bound(tables_, step, {}, &Table::step_max);
  return found == tables_.end() ? tables_.back() : *found;
}

}  // namespace talkback::instruments
