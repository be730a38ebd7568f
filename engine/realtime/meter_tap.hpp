// Where the sound of a player is measured: the audio thread writes, one reader takes.
//
// Per chunk of sound a LevelFrame goes into a queue: what is cheap to sum. Where audio is wanted, the sound itself goes
// into a ring, for what is dear (loudness, spectrum, tuner), which then runs on the reader's thread. A reader that is
// late loses frames of both, and both are counted; the audio thread never waits.
#pragma once

#include <atomic>
#include <cmath>
#include <memory>
#include <string>

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

// Sums over some frames. Mono sound counts as both channels.
struct LevelFrame {
  std::int64_t position = 0;  // song frame of the first
  int frames = 0;
  std::array<float, 2> peak{};      // greatest magnitude
  std::array<double, 2> squares{};  // sum of left^2, right^2
  double products = 0.0;            // sum of left * right
  double gain_reduction_db = 0.0;   // at the end, of the insert
};

// The sums of two channels of as many samples. [audio-thread]
LevelFrame level_of(std::span<const float> left, std::span<const float> right) noexcept TALKBACK_REALTIME;

class MeterTap {
 public:
  // audio_frames: the length of the ring for sound; 0: levels only. Allocates.
  explicit MeterTap(int audio_frames) {
    if (audio_frames > 0) audio_ = std::make_unique<AudioRing>(2, audio_frames);
  }

  // [audio-thread]
  void feed(FramePosition position, ConstAudioBlock sound, double gain_reduction_db) noexcept TALKBACK_REALTIME {
    const int right = sound.channel_count() - 1;
    LevelFrame level = level_of(sound.channel(0), sound.channel(right));
    level.position = position.count;
    level.gain_reduction_db = gain_reduction_db;
    if (!levels_.push(level)) lost_.fetch_add(1, std::memory_order_relaxed);
    if (!audio_) return;
    const std::array<const float*, 2> pointers = {sound.channel(0).data(), sound.channel(right).data()};
    const ConstAudioBlock both(std::span<const float* const>(pointers), sound.frame_count());
    const int written = AudioRing::Writer(*audio_).write(both);
    lost_frames_.fetch_add(sound.frame_count() - written, std::memory_order_relaxed);
  }

  // The reader's thread:
  std::optional<LevelFrame> next_level() noexcept { return levels_.pop(); }
  // Stereo; how many frames were given. 0 without a ring.
  int read_audio(AudioBlock block) noexcept { return audio_ ? AudioRing::Reader(*audio_).read(block) : 0; }

  // Level frames, and frames of sound, for which there was no room. [any-thread]
  std::int64_t lost_levels() const noexcept { return lost_.load(std::memory_order_relaxed); }
  std::int64_t lost_frames() const noexcept { return lost_frames_.load(std::memory_order_relaxed); }

 private:
  // 1.4 s of chunks of 128 frames at 48 kHz.
  SpscQueue<LevelFrame, 512> levels_;
  std::unique_ptr<AudioRing> audio_;
  std::atomic<std::int64_t> lost_{0};
  std::atomic<std::int64_t> lost_frames_{0};
};

}  // namespace talkback::realtime
