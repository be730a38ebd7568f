// Peaks between the samples, after ITU-R BS.1770-4, Annex 2: the signal is interpolated by a polyphase
// FIR filter and the greatest magnitude taken.
//
// Deviation: eight points a frame instead of four (a tone at 20 kHz, 48 kHz rate, then reads at most
// 0.12 dB low instead of 0.5), by a Kaiser-windowed sinc of 32 taps a phase.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/position.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

class TruePeakDetector {
 public:
  static constexpr int kPhases = 8;
  static constexpr int kTaps = 32;
  // The peak at index n belongs to the stretch of one frame that begins this many frames before n.
  static constexpr Frames kLatency{kTaps / 2};

  // Allocates.
  void prepare(int channels);
  void reset() noexcept;

  // peaks[n]: the greatest magnitude over all channels. Values below `floor` may be reported too low,
  // which saves most of the work on quiet sound. [audio-thread]
  void process(ConstAudioBlock block, std::span<float> peaks, float floor = 0.0F) noexcept;

  void archive(StateArchive& state) { state(histories_); }

 private:
  static constexpr int kChunkFrames = 64;
  static constexpr int kGroupFrames = 16;
  static constexpr std::size_t kHistoryFrames = kTaps - 1;

  void process_chunk(std::span<const float> input, std::span<float> history, std::span<float> peaks,
                     float floor) noexcept;

  // [channel][kHistoryFrames]
  std::vector<std::array<float, kHistoryFrames>> histories_;
};

}  // namespace talkback::dsp
