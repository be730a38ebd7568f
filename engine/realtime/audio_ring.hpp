// A door to or from the audio thread for sound: one thread writes, one reads, nobody waits.
//
// Bounded. A full ring takes fewer frames than offered, an empty one gives fewer than wanted, and both say how many:
// what that means (silence, a gap to note) is the caller's to decide. Each end is a type of its own.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/audio_block.hpp"

namespace talkback::realtime {

class AudioRing {
 public:
  // frames: at least so many fit. Allocates.
  AudioRing(int channels, int frames)
      : channels_(channels),
        capacity_(std::bit_ceil(static_cast<std::uint64_t>(std::max(frames, 1)))),
        samples_(static_cast<std::size_t>(channels) * capacity_) {
    TALKBACK_CHECK(channels >= 0 && channels <= kChannelsMax);
  }

  int channels() const noexcept { return channels_; }
  int capacity() const noexcept { return static_cast<int>(capacity_); }

  // The writing end. One thread. [audio-thread] or any other
  class Writer {
   public:
    explicit Writer(AudioRing& ring) noexcept : ring_(&ring) {}
    int space() const noexcept {
      return static_cast<int>(ring_->capacity_ - (ring_->written_.load(std::memory_order_relaxed) -
                                                  ring_->read_.load(std::memory_order_acquire)));
    }
    // How many of the block's frames were taken, from its start.
    int write(ConstAudioBlock block) noexcept {
      const int frames = std::min(space(), block.frame_count());
      const std::uint64_t at = ring_->written_.load(std::memory_order_relaxed);
      for (int c = 0; c < ring_->channels_; ++c)
        ring_->for_pieces(at, frames, c, [&](float* inside, int offset, int count) {
          std::copy_n(block.channel(c).data() + offset, count, inside);
        });
      ring_->written_.store(at + static_cast<std::uint64_t>(frames), std::memory_order_release);
      return frames;
    }
    int write_silence(int wanted) noexcept {
      const int frames = std::min(space(), wanted);
      const std::uint64_t at = ring_->written_.load(std::memory_order_relaxed);
      for (int c = 0; c < ring_->channels_; ++c)
        ring_->for_pieces(at, frames, c, [](float* inside, int, int count) { std::fill_n(inside, count, 0.0F); });
      ring_->written_.store(at + static_cast<std::uint64_t>(frames), std::memory_order_release);
      return frames;
    }

   private:
    AudioRing* ring_;
  };

  // The reading end. One thread. [audio-thread] or any other
  class Reader {
   public:
    explicit Reader(AudioRing& ring) noexcept : ring_(&ring) {}
    int available() const noexcept {
      return static_cast<int>(ring_->written_.load(std::memory_order_acquire) -
                              ring_->read_.load(std::memory_order_relaxed));
    }
    // How many frames were given, at the block's start; the rest of the block is untouched.
    int read(AudioBlock block) noexcept {
      const int frames = std::min(available(), block.frame_count());
      const std::uint64_t at = ring_->read_.load(std::memory_order_relaxed);
      for (int c = 0; c < ring_->channels_; ++c)
        ring_->for_pieces(at, frames, c, [&](const float* inside, int offset, int count) {
          std::copy_n(inside, count, block.channel(c).data() + offset);
        });
      ring_->read_.store(at + static_cast<std::uint64_t>(frames), std::memory_order_release);
      return frames;
    }

   private:
    AudioRing* ring_;
  };

 private:
  // The (at most two) stretches of one channel that `frames` from `at` on occupy.
  template <class Visit>
  void for_pieces(std::uint64_t at, int frames, int channel, Visit visit) noexcept {
    const std::uint64_t start = at & (capacity_ - 1);
    const int first = static_cast<int>(std::min<std::uint64_t>(capacity_ - start, static_cast<std::uint64_t>(frames)));
    float* const base = samples_.data() + static_cast<std::size_t>(channel) * capacity_;
    if (first > 0) visit(base + start, 0, first);
    if (frames > first) visit(base, first, frames - first);
  }

  const int channels_;
  const std::uint64_t capacity_;
  std::vector<float> samples_;
  alignas(64) std::atomic<std::uint64_t> written_{0};
  alignas(64) std::atomic<std::uint64_t> read_{0};
};

}  // namespace talkback::realtime
