// What the sound card calls while the performer plays or sings: the song goes out, the input goes to a ring.
//
// It owns the transport of a recording: count-in, rolling with the session's player, loop, end, and the frames that are
// still on their way when the song has stopped. Every turn is noted as an event with its frame of the capture, so that
// captured_takes.hpp can tell afterwards what was sung to which place of the song. The player decides where a loop
// closes; this object only watches where it is, block by block.
//
// The control thread commands; process() is the audio thread's and never allocates, locks or calls the system.
#pragma once

#include <array>
#include <atomic>
#include <optional>
#include <vector>

#include "client/device/audio_device.hpp"
#include "client/recorder/capture_journal.hpp"
#include "client/recorder/click.hpp"
#include "engine/realtime/audio_ring.hpp"
#include "engine/realtime/graph_player.hpp"
#include "engine/realtime/spsc_queue.hpp"

namespace talkback::recorder {

// A driver that reports more than this, or less than nothing, is not to be believed (PipeWire's reports reach days).
inline constexpr int kRoundTripSecondsMax = 2;

enum class Monitor { off, soft };

struct RecordingOptions {
  int channels = 1;
  std::vector<int> inputs = {};  // of the device, from 1, as many as channels; empty: the first ones
  SampleRate rate{};
  FramePosition start{};  // of the song: where the player stands
  Frames count_in{};
  std::optional<realtime::LoopRange> loop = {};  // as the player was told
  int passes_max = 0;                            // of the loop; 0: until it is stopped
  std::optional<FramePosition> end = {};         // of the song: rolls to there
  std::optional<Frames> latency = {};            // measured; else what the driver reports
  bool records = true;                           // from the start on
  Monitor monitor = Monitor::off;                // soft: the input is heard with the song
};

class Recording final : public device::StreamCallback {
 public:
  static constexpr int kEventsMax = 4'096;
  using Events = realtime::SpscQueue<CaptureEvent, kEventsMax>;

  // player: told to play, at options.start. clicks: of the count-in (its frame 0 is the count-in's first) and of the
  // song (its frame 0 is the song's); null for none. All outlive it.
  Recording(const RecordingOptions& options, realtime::GraphPlayer& player, const Click* count_in, const Click* song);

  void process(ConstAudioBlock input, AudioBlock output,
               const device::StreamTime& time) noexcept TALKBACK_REALTIME override;

  // Control thread. The player is to be told the same before: to stop; or, while this holds, to locate and play.
  void stop() noexcept { commands_.push({Command::Kind::stop, {}}); }
  void hold() noexcept { commands_.push({Command::Kind::hold, {}}); }
  // From there on, where the player was sent; with the count-in.
  void roll(FramePosition start) noexcept { commands_.push({Command::Kind::roll, {}, start}); }
  void set_records(bool records) noexcept {
    commands_.push({records ? Command::Kind::record : Command::Kind::pass_over, {}});
  }
  void set_loop(std::optional<realtime::LoopRange> loop) noexcept {
    commands_.push({Command::Kind::loop, loop.value_or(realtime::LoopRange{})});
  }
  void cue() noexcept { commands_.push({Command::Kind::cue, {}}); }
  // Measured; in place of what the driver reported with the first callback.
  void set_latency(Frames latency) noexcept {
    commands_.push({Command::Kind::latency, {}, FramePosition{latency.count}});
  }

  enum class Phase : std::uint8_t {
    held,         // silent; the player is not called
    counting_in,  // clicks
    rolling,
    tail,     // stopped; what was sung to the last sound is still on its way
    stopped,  // nothing is captured
  };

  // [any-thread]
  Phase phase() const noexcept { return phase_shown_.load(std::memory_order_acquire); }
  bool is_recording() const noexcept { return records_shown_.load(); }
  // The end or the last pass was reached, and all of it is captured.
  bool is_complete() const noexcept { return is_complete_.load(std::memory_order_acquire); }
  FramePosition song_position() const noexcept { return FramePosition{song_shown_.load()}; }
  int passes() const noexcept { return passes_shown_.load(); }  // of the loop, the current one included
  Frames captured() const noexcept { return Frames{captured_.load()}; }
  Frames latency() const noexcept { return Frames{latency_shown_.load()}; }
  bool is_latency_measured() const noexcept { return is_measured_.load(); }
  // The device's; 0 before the first call.
  int buffer_frames() const noexcept { return buffer_frames_.load(); }
  // As the device reported it, believable or not.
  Frames round_trip() const noexcept { return Frames{round_trip_.load()}; }
  // Of process(): a device that is gone makes no more.
  std::uint64_t calls() const noexcept { return calls_.load(std::memory_order_relaxed); }
  int xruns() const noexcept { return xruns_.load(); }
  // Frames that the disk was too slow for; they are silent in the file.
  std::int64_t lost_frames() const noexcept { return lost_frames_.load(); }
  int clips() const noexcept { return clips_.load(); }
  // Largest sample of a channel since the last call, full scale 1.
  float take_peak(int channel) noexcept { return peaks_[static_cast<std::size_t>(channel)].exchange(0.0F); }

  // The other end of the doors, for the writing thread.
  realtime::AudioRing& ring() noexcept { return ring_; }
  Events& events() noexcept { return events_; }
  const RecordingOptions& options() const noexcept { return options_; }

 private:
  struct Command {
    enum class Kind : std::uint8_t { stop, hold, roll, record, pass_over, loop, cue, latency } kind = Kind::stop;
    realtime::LoopRange loop{};
    FramePosition start{};  // of roll; of latency: the frames
  };

  ConstAudioBlock chosen(ConstAudioBlock input) const noexcept;
  void take_commands() noexcept;
  void play(AudioBlock output) noexcept;
  int count_in(AudioBlock output) noexcept;
  // done: frames of the block before this rest.
  int roll(AudioBlock output, int done) noexcept;
  void watch(AudioBlock played, int done) noexcept;
  bool is_wrap(std::int64_t after, int frames) const noexcept;
  void click(std::int64_t song, AudioBlock played) const noexcept;
  void begin_tail() noexcept;
  void measure(ConstAudioBlock input) noexcept;
  void capture(ConstAudioBlock input) noexcept;
  void note(CaptureEvent::Kind kind, std::int64_t frame, std::int64_t value = 0) noexcept;
  // The capture's frame that belongs to the block's frame `offset`.
  std::int64_t frame_at(int offset) const noexcept { return captured_.load(std::memory_order_relaxed) + offset; }

  RecordingOptions options_;
  const std::int64_t round_trip_max_;  // frames
  realtime::GraphPlayer& player_;
  const Click* count_in_click_;
  const Click* song_click_;
  realtime::AudioRing ring_;
  realtime::AudioRing::Writer writer_;
  Events events_;
  realtime::SpscQueue<Command, 64> commands_;

  // Audio thread.
  Phase phase_ = Phase::counting_in;
  std::int64_t counted_ = 0;      // frames of the count-in
  std::int64_t song_next_;        // where the song goes on if nothing jumps
  bool rolls_ = false;            // since the last stop
  std::int64_t tail_frames_ = 0;  // still to come
  bool tail_completes_ = false;
  bool records_ = true;
  bool is_first_ = true;
  int passes_ = 1;
  int gap_frames_ = 0;
  std::int64_t gap_start_ = 0;
  std::int64_t clock_due_ = 0;
  std::int64_t clip_due_ = 0;
  std::int64_t xrun_due_ = 0;
  bool clips_now_ = false;
  bool xrun_now_ = false;

  std::atomic<Phase> phase_shown_{Phase::counting_in};
  std::atomic<bool> records_shown_{true};
  std::atomic<bool> is_complete_{false};
  std::atomic<std::int64_t> song_shown_{0};
  std::atomic<int> passes_shown_{1};
  std::atomic<std::int64_t> captured_{0};
  std::atomic<std::int64_t> latency_shown_{0};
  std::atomic<std::int64_t> round_trip_{0};
  std::atomic<bool> is_measured_{false};
  std::atomic<int> buffer_frames_{0};
  std::atomic<std::int64_t> lost_frames_{0};
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<int> xruns_{0};
  std::atomic<int> clips_{0};
  std::array<std::atomic<float>, kChannelsMax> peaks_{};
};

}  // namespace talkback::recorder
