// Plays a session, or sound that is made ahead, on a device's stream.
#pragma once

#include <atomic>
#include <limits>

#include "client/device/audio_device.hpp"
#include "engine/realtime/graph_player.hpp"
#include "engine/realtime/read_ahead.hpp"

namespace talkback::playback {

class Player final : public device::StreamCallback {
 public:
  static constexpr Frames kNoEnd{std::numeric_limits<std::int64_t>::max()};

  // The session, computed on the audio thread; silent after `length`. source outlives the player.
  explicit Player(realtime::GraphPlayer& source, Frames length = kNoEnd) : graph_(&source), length_(length) {}
  // What a thread has made ahead: for sessions that are too heavy. source outlives the player.
  explicit Player(realtime::ReadAhead& source) : ahead_(&source) {}

  void process(ConstAudioBlock input, AudioBlock output,
               const device::StreamTime& time) noexcept TALKBACK_REALTIME override;

  // Frames handed to the device. [any-thread]
  Frames played() const noexcept { return Frames{played_.load()}; }
  // All was played. [any-thread]
  bool is_over() const noexcept;
  int xruns() const noexcept { return xruns_.load(); }

 private:
  realtime::GraphPlayer* graph_ = nullptr;
  realtime::ReadAhead* ahead_ = nullptr;
  Frames length_ = kNoEnd;
  std::atomic<std::int64_t> played_{0};
  std::atomic<int> xruns_{0};
};

}  // namespace talkback::playback
