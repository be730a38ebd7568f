// Plays sound that is made ahead, on a device's stream.
#pragma once

#include <atomic>

#include "client/device/audio_device.hpp"
#include "engine/realtime/read_ahead.hpp"

namespace talkback::playback {

class Player final : public device::StreamCallback {
 public:
  // source outlives the player.
  explicit Player(realtime::ReadAhead& source) : source_(source) {}

  void process(ConstAudioBlock input, AudioBlock output, const device::StreamTime& time) noexcept override;

  // Frames handed to the device. [any-thread]
  Frames played() const noexcept { return Frames{played_.load()}; }
  int xruns() const noexcept { return xruns_.load(); }

 private:
  realtime::ReadAhead& source_;
  std::atomic<std::int64_t> played_{0};
  std::atomic<int> xruns_{0};
};

}  // namespace talkback::playback
