// Sound that is made ahead on a thread of its own, so that the audio thread only copies.
//
// `make` fills one block after the other (on the thread of this object) until it says that the sound is over.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/base/result.hpp"
#include "engine/realtime/audio_ring.hpp"

namespace talkback::realtime {

class ReadAhead {
 public:
  // Fills the whole block, or its first frames at the end of the sound; returns how many.
  using Make = std::function<Result<int>(AudioBlock)>;

  // ahead_frames: how far ahead. Starts the thread.
  ReadAhead(int channels, int ahead_frames, Make make);
  ~ReadAhead();

  // Waits until half of the way ahead is made, or all there is. Not for the audio thread. The error of `make`, if any.
  Result<void> wait_until_ready();

  // Fills the block; what is not there in time is silent and counted. [audio-thread]
  void read(AudioBlock block) noexcept;

  // All was read. [any-thread]
  bool is_over() const noexcept { return made_all_.load() && over_.load(); }
  // Frames that came too late. [any-thread]
  std::int64_t late_frames() const noexcept { return late_frames_.load(); }
  std::optional<Error> error() const;

 private:
  void run(std::stop_token stop);

  AudioRing ring_;
  AudioRing::Writer writer_;
  AudioRing::Reader reader_;
  Make make_;
  std::atomic<bool> made_all_{false};
  std::atomic<bool> over_{false};
  std::atomic<std::int64_t> late_frames_{0};
  mutable std::mutex mutex_;
  std::optional<Error> error_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace talkback::realtime
