// An instrument track that is played now: what a keyboard sends sounds through the track's instrument, inserts, fader
// and pan, beside the song and whatever the song plays on that track.
//
// Every event sounds the same time after it came: the length of the greatest block so far, so that one that came in the
// midst of a block is there when the next is computed, and lies in it where it lay in its own. What was played evenly
// is heard evenly.
//
// SoundFont players are other people's code. As they are set up here (every sample of the program loaded before, no
// locks of their own) they neither allocate nor lock when a note begins or ends, which a test watches; a change of
// program would load samples, so it is not passed on to them while they are played.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "engine/graph/compile.hpp"
#include "engine/graph/entry_runner.hpp"
#include "engine/realtime/spsc_queue.hpp"

namespace talkback::realtime {

// A channel message, as on the wire; status 0: release everything.
struct LiveEvent {
  std::int64_t time = 0;  // on a clock that the caller has
  std::uint8_t status = 0;
  std::uint8_t first = 0;
  std::uint8_t second = 0;
};

// When, on that clock, the block begins that is to be filled.
struct LiveBlock {
  std::int64_t time = 0;
  std::int64_t units_per_second = 1;
};

class LiveTrack {
 public:
  // Compiles and prepares. start: of the song, where what moves begins to move; it moves on with every frame, also in
  // what is played again. library: outlives the track. Fails as graph::compile_live does.
  static Result<std::unique_ptr<LiveTrack>> create(const session::Session& session, ObjectId track, FramePosition start,
                                                   const graph::CompileOptions& options, media::SourceLibrary& library);

  // One thread, in the order of their times. False where the queue is full: the event is lost. [audio-thread] or any
  bool push(const LiveEvent& event) noexcept TALKBACK_REALTIME { return events_.push(event); }

  // Adds the track's sound to two channels. [audio-thread]
  void process(AudioBlock out, const LiveBlock& block) noexcept TALKBACK_REALTIME;

  SampleRate rate() const noexcept { return live_.graph.rate; }

 private:
  static constexpr int kChunkFrames = 512;
  // At once in the air: as many as the queue holds.
  static constexpr std::size_t kEventsMax = 1'024;

  LiveTrack(graph::LiveGraph live, FramePosition start);

  int offset_of(const LiveEvent& event, const LiveBlock& block) const noexcept;
  void play(const LiveEvent& event) noexcept;
  void render(AudioBlock out) noexcept;

  graph::LiveGraph live_;
  bool is_foreign_ = false;  // the instrument is somebody else's
  std::vector<int> order_;
  std::unique_ptr<graph::EntryRunner> runner_;
  SpscQueue<LiveEvent, kEventsMax> events_;
  // Audio thread.
  std::array<LiveEvent, kEventsMax> waiting_{};
  std::size_t waiting_count_ = 0;
  int delay_frames_ = 0;
  FramePosition position_;
};

}  // namespace talkback::realtime
