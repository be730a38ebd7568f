// Where the sound of a player is measured: the audio thread writes, one reader takes.
//
// Per chunk of sound a LevelFrame goes into a queue: what is cheap to sum. Where audio is wanted, the sound itself goes
// into a ring, for what is dear (loudness, true peak, spectrum, tuner), which then runs on the reader's thread. A
// reader that is late loses the newest of both, and both are counted; the audio thread never waits.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "engine/analysis/level_sums.hpp"
#include "engine/base/position.hpp"
#include "engine/realtime/audio_ring.hpp"
#include "engine/realtime/spsc_queue.hpp"

namespace talkback::realtime {

inline constexpr int kMeterTapsMax = 256;

// A place in the mixer: behind a track's fader, or behind one of its inserts.
struct MeterPoint {
  std::string track;  // its name; empty: the master
  int insert = -1;    // from 0, of those that are not bypassed; -1: behind the fader
};

struct LevelFrame {
  std::int64_t position = 0;  // song frame of the first
  analysis::LevelSums sums;
  double gain_reduction_db = 0.0;  // at the end, of the insert; infinite where nothing comes through
};

class MeterTap {
 public:
  // audio_frames: the length of the ring for sound; 0: levels only. Allocates.
  explicit MeterTap(int audio_frames) {
    if (audio_frames > 0) audio_ = std::make_unique<AudioRing>(2, audio_frames);
  }

  // sound: one or two channels. [audio-thread]
  void feed(FramePosition position, ConstAudioBlock sound, double gain_reduction_db) noexcept TALKBACK_REALTIME;

  // The reader's thread:
  std::optional<LevelFrame> next_level() noexcept { return levels_.pop(); }
  // Stereo; how many frames were given. 0 without a ring.
  int read_audio(AudioBlock block) noexcept { return audio_ ? AudioRing::Reader(*audio_).read(block) : 0; }

  // Level frames, and frames of sound, for which there was no room. [any-thread]
  std::int64_t lost_levels() const noexcept { return lost_levels_.load(std::memory_order_relaxed); }
  std::int64_t lost_frames() const noexcept { return lost_frames_.load(std::memory_order_relaxed); }

 private:
  // 1.4 s of chunks of 128 frames at 48 kHz.
  SpscQueue<LevelFrame, 512> levels_;
  std::unique_ptr<AudioRing> audio_;
  std::atomic<std::int64_t> lost_levels_{0};
  std::atomic<std::int64_t> lost_frames_{0};
};

}  // namespace talkback::realtime
