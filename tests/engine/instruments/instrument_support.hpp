#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/instruments/instrument.hpp"

namespace talkback::instruments {

inline constexpr int kRate = 48'000;

inline void set(Instrument& instrument, std::string_view name, double value) {
  const int index = dsp::parameter_index(instrument.parameters(), name);
  ASSERT_GE(index, 0) << name;
  instrument.set(index, value);
}

// Onto the end of `sound`, in blocks of any length; the left channel.
inline void play_on(Instrument& instrument, int frames, std::vector<float>& sound, int block_frames = 512) {
  AudioBuffer buffer(2, block_frames);
  for (int done = 0; done < frames;) {
    const AudioBlock block = buffer.block().slice(0, std::min(block_frames, frames - done));
    instrument.render(block);
    sound.insert(sound.end(), block.channel(0).begin(), block.channel(0).end());
    done += block.frame_count();
  }
}

inline std::vector<float> play(Instrument& instrument, int frames, int block_frames = 512) {
  std::vector<float> sound;
  play_on(instrument, frames, sound, block_frames);
  return sound;
}

inline float peak_of(std::span<const float> sound) {
  float peak = 0.0F;
  for (const float sample : sound) peak = std::max(peak, std::abs(sample));
  return peak;
}

inline double peak_db(std::span<const float> sound) { return 20.0 * std::log10(static_cast<double>(peak_of(sound))); }

// By the frames between the first and the last rise through zero.
inline double pitch_hz(std::span<const float> sound) {
  double first = -1.0;
  double last = -1.0;
  int turns = -1;
  for (std::size_t n = 1; n < sound.size(); ++n) {
    if (!(sound[n - 1] < 0.0F && sound[n] >= 0.0F)) continue;
    last = static_cast<double>(n) - static_cast<double>(sound[n] / (sound[n] - sound[n - 1]));
    if (first < 0.0) first = last;
    ++turns;
  }
  return turns * kRate / (last - first);
}

}  // namespace talkback::instruments
