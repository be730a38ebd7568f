// A piece of a sound on a range of keys and velocities, and how it goes on where it loops.
//
// A voice counts frames from the sound's start and never back; frame_at() says which frame of the sound that is. With
// a loop from s to e, of length l: forward, frame v >= e is s + (v - s) mod l; the loop's last x frames fade linearly
// into the x frames before s, so that the step from e to s is none. Ping-pong, q = (v - s) mod 2l: s + q there and
// e - 1 - (q - l) back. A loop until release goes on past e at the end of the first pass that begins its fade after
// the release, and that pass fades into nothing.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>

namespace talkback::instruments {

// A sound in memory, interleaved. Immutable.
struct SampleSound {
  std::span<const float> samples;
  int channels = 1;  // 1 or 2
  std::int64_t frames = 0;
  std::shared_ptr<const void> owner;  // keeps the samples
};

enum class SampleLoop { none, forward, ping_pong, until_release };

struct SamplerZone {
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  std::shared_ptr<const SampleSound> sound;
  int root_pitch = 60;
  int low_pitch = 0;
  int high_pitch = 127;
  int low_velocity = 1;
  int high_velocity = 127;
  double tune_cents = 0.0;
  double left = 1.0;  // gains of the two sides
  double right = 1.0;
  // In frames of the sound; end and loop_end are the first frames behind.
  std::int64_t start = 0;
  std::int64_t end = 0;
  SampleLoop loop = SampleLoop::none;
  std::int64_t loop_start = 0;
  std::int64_t loop_end = 0;
  std::int64_t crossfade = 0;
  bool is_one_shot = false;
  int choke_group = 0;
  int round_robin_group = 0;

  // Brings everything inside the sound: a loop that is none there is left out, a fade is as long as there is room.
  void settle() noexcept;

  bool plays(int pitch, int velocity) const noexcept {
    return start < end && pitch >= low_pitch && pitch <= high_pitch && velocity >= low_velocity &&
           velocity <= high_velocity;
  }
  bool loops() const noexcept { return loop != SampleLoop::none; }

  // The end of the pass in which a loop until release is left, for a release while the voice reads up to `ahead`.
  std::int64_t exit_after(std::int64_t ahead) const noexcept;

  // Copies the frames [from, from + left.size()) of a voice that leaves the loop at `exit` (or kNever), silence where
  // there are none; right only of stereo sounds.
  void copy(std::int64_t from, std::int64_t exit, std::span<float> left_side,
            std::span<float> right_side) const noexcept;

  // A voice without a loop, or that has left it, is over here.
  std::int64_t end_of(std::int64_t exit) const noexcept {
    if (!loops()) return end;
    return exit == kNever ? kNever : end + (exit - loop_end);
  }

 private:
  float sample_at(std::int64_t frame, std::int64_t exit, int channel) const noexcept;
  float source_at(std::int64_t frame, int channel) const noexcept {
    return sound->samples[static_cast<std::size_t>(frame * sound->channels + channel)];
  }
};

}  // namespace talkback::instruments
