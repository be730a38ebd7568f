// Which frame of the sound that is played a MIDI event was played to.
//
// The audio callback notes of every block its first frame P and what the MIDI input's clock says then, T. That frame is
// heard L later, L being the output latency that the driver reports; the event reaches the input M later than it
// was played, M being the port's own latency. So an event at time t was played to the frame
//
//   frame(t) = P + (t - M - T) * rate / units_per_second - L
//
// of the block that was heard last before it. Where the clock counts the card's frames (JACK), T is exact, and so is
// the frame. Else T is read when the callback happens to run, late by some unknown time: there the least late block of
// the last one to two seconds stands for all (a heuristic; a loss of sound is followed within that time).
#pragma once

#include <deque>
#include <optional>

#include "client/device/audio_device.hpp"
#include "client/device/midi_device.hpp"
#include "engine/realtime/spsc_queue.hpp"

namespace talkback::recorder {

class MidiClock {
 public:
  // latency: M.
  MidiClock(device::MidiClock clock, SampleRate rate, Frames latency) : clock_(clock), rate_(rate), latency_(latency) {}

  // position: the frame of the sound that begins the block. [audio-thread]
  void publish(FramePosition position, std::int64_t block_time, Frames output_latency) noexcept TALKBACK_REALTIME {
    blocks_.push({position, block_time, output_latency});
  }

  // Takes what was published. One thread, as for what follows.
  void update();

  // nullopt before the first block.
  std::optional<FramePosition> frame_at(std::int64_t time) const;

  // What was taken off: L + M, as of the last block.
  Frames compensation() const noexcept { return newest_.output_latency + latency_; }

 private:
  struct Block {
    FramePosition position;
    std::int64_t time = 0;
    Frames output_latency;
  };

  void note_offset(const Block& block);
  std::int64_t in_frames(std::int64_t units) const noexcept;
  // On a clock of frames.
  std::int64_t heard_at(const Block& block) const noexcept {
    return block.time + block.output_latency.count + latency_.count;
  }

  const device::MidiClock clock_;
  const SampleRate rate_;
  const Frames latency_;
  // Five seconds of the shortest blocks.
  realtime::SpscQueue<Block, 8'192> blocks_;
  Block newest_;
  bool has_block_ = false;
  // A clock of frames: the blocks of the last seconds.
  std::deque<Block> recent_;
  // Another: time of a block less its position's, in nanoseconds; the least in this window and the one before.
  std::optional<std::int64_t> least_;
  std::optional<std::int64_t> least_before_;
  FramePosition window_begin_;
};

// What is played while a performance is recorded: a lead-in, then a stretch of the song once or several times.
struct SongSpan {
  FramePosition start;
  Frames lead_in;
  std::optional<Frames> length;  // nullopt: until it is stopped
  int passes = 1;
};

struct SongPlace {
  int pass = 0;
  FramePosition position;  // before the start in the lead-in, beyond the end after the last pass
};

// frame: of what is played, from 0.
SongPlace place_of(const SongSpan& span, FramePosition frame) noexcept;

}  // namespace talkback::recorder
