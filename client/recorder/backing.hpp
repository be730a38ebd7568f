// What plays while a keyboard is played: the song in some form, or nothing.
#pragma once

#include "client/device/audio_device.hpp"
#include "engine/realtime/read_ahead.hpp"

namespace talkback::recorder {

class Backing {
 public:
  virtual ~Backing() = default;
  // Fills the block. [audio-thread]
  virtual void play(AudioBlock output, const device::StreamTime& time) noexcept = 0;
  // By so much what is heard is later than the stream, because of gaps so far. [any-thread]
  virtual Frames late() const noexcept { return {}; }
};

class NoBacking final : public Backing {
 public:
  void play(AudioBlock output, const device::StreamTime&) noexcept override { clear(output); }
};

// What a thread makes ahead; what comes too late is played later.
class ReadAheadBacking final : public Backing {
 public:
  // sound outlives the backing.
  explicit ReadAheadBacking(realtime::ReadAhead& sound) : sound_(sound) {}
  void play(AudioBlock output, const device::StreamTime&) noexcept override { sound_.read(output); }
  Frames late() const noexcept override { return Frames{sound_.late_frames()}; }

 private:
  realtime::ReadAhead& sound_;
};

}  // namespace talkback::recorder
