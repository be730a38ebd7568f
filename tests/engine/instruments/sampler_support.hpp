#pragma once

#include <numbers>

#include "engine/instruments/sampler.hpp"
#include "tests/engine/instruments/instrument_support.hpp"

namespace talkback::instruments {

// A sound in memory, from a function of frame and channel.
template <class Function>
std::shared_ptr<const SampleSound> make_sound(std::int64_t frames, int channels, Function function) {
  auto samples = std::make_shared<std::vector<float>>();
  for (std::int64_t n = 0; n < frames; ++n) {
    for (int c = 0; c < channels; ++c) samples->push_back(static_cast<float>(function(n, c)));
  }
  return std::make_shared<const SampleSound>(SampleSound{*samples, channels, frames, samples});
}

inline std::shared_ptr<const SampleSound> sine_sound(double hz, std::int64_t frames, double level = 0.5) {
  return make_sound(frames, 1, [=](std::int64_t n, int) {
    return level * std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(n) / kRate);
  });
}

// The whole sound on all keys.
inline SamplerZone zone_of(std::shared_ptr<const SampleSound> sound) {
  SamplerZone zone;
  zone.end = sound->frames;
  zone.loop_end = sound->frames;
  zone.sound = std::move(sound);
  return zone;
}

// Looping zones of all kinds, some a one-shot, some in turns, one that chokes.
inline std::unique_ptr<Instrument> test_sampler() {
  std::vector<SamplerZone> zones;
  for (int i = 0; i < 6; ++i) {
    SamplerZone zone = zone_of(sine_sound(300.0 + 50.0 * i, 3'000, 0.2));
    zone.loop = static_cast<SampleLoop>(i % 4);
    zone.loop_start = 1'000 + 100 * i;
    zone.loop_end = 2'500;
    zone.crossfade = 300;
    zone.is_one_shot = i == 4;
    zone.choke_group = i == 5 ? 3 : 0;
    if (i == 5) zone.low_pitch = 77;
    zone.settle();
    zones.push_back(zone);
  }
  return std::make_unique<Sampler>(std::move(zones));
}

}  // namespace talkback::instruments
