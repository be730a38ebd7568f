// Sounds and runs that the tests of effects share.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/dither.hpp"
#include "engine/effects/processor.hpp"

namespace talkback::effects {

inline AudioBuffer noise(int channels, int frames, float peak = 0.5F) {
  AudioBuffer result(channels, frames);
  const dsp::TpdfDither source(1);
  for (int c = 0; c < channels; ++c) {
    for (int n = 0; n < frames; ++n) {
      result.block().channel(c)[static_cast<std::size_t>(n)] = peak * static_cast<float>(source.noise(c, {n}));
    }
  }
  return result;
}

inline AudioBuffer tone(int channels, int frames, double cycles_per_frame, double peak, double phase = 0.0) {
  AudioBuffer result(channels, frames);
  for (int c = 0; c < channels; ++c) {
    for (int n = 0; n < frames; ++n) {
      result.block().channel(c)[static_cast<std::size_t>(n)] =
          static_cast<float>(peak * std::sin(2.0 * std::numbers::pi * cycles_per_frame * n + phase));
    }
  }
  return result;
}

struct Setting {
  std::string_view name;
  double value;
};

inline std::unique_ptr<Processor> prepared(std::string_view effect, const std::vector<Setting>& settings,
                                           int channels = 2, SampleRate rate = {48'000}) {
  auto result = make_effect(effect);
  for (const Setting& setting : settings)
    result->set(parameter_index(result->parameters(), setting.name), setting.value);
  result->prepare(rate, channels);
  return result;
}

inline double peak_of(ConstAudioBlock block) {
  double peak = 0.0;
  for (int c = 0; c < block.channel_count(); ++c) {
    for (const float sample : block.channel(c)) peak = std::max(peak, std::abs(static_cast<double>(sample)));
  }
  return peak;
}

// |H| in dB at a frequency, of a response that lies in one channel.
inline double magnitude_db(std::span<const float> response, double cycles_per_frame) {
  double real = 0.0;
  double imaginary = 0.0;
  for (std::size_t n = 0; n < response.size(); ++n) {
    const double angle = 2.0 * std::numbers::pi * cycles_per_frame * static_cast<double>(n);
    real += static_cast<double>(response[n]) * std::cos(angle);
    imaginary -= static_cast<double>(response[n]) * std::sin(angle);
  }
  return 10.0 * std::log10(real * real + imaginary * imaginary);
}

}  // namespace talkback::effects
