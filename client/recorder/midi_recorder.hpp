// Records what is played on a MIDI port while the song plays, or only listens.
//
// Three threads meet here. The port's hands its bytes in (receive), which go into queues; the audio thread plays the
// song, notes the times of its blocks and lets the keyboard sound through its track; a thread of this object finds
// every message's place in the song (midi_clock.hpp), writes it into the journal at once and secures the journal every
// kJournalSyncMs.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "client/device/midi_assembler.hpp"
#include "client/device/midi_queue.hpp"
#include "client/recorder/backing.hpp"
#include "client/recorder/midi_clock.hpp"
#include "client/recorder/midi_journal.hpp"
#include "engine/realtime/live_track.hpp"
#include "engine/timeline/tempo_map.hpp"

namespace talkback::recorder {

inline constexpr int kJournalSyncMs = 250;

struct MidiSong {
  SongSpan span;
  timeline::TempoMap map;  // at the stream's rate
};

class MidiRecorder final : public device::StreamCallback, public device::MidiSink {
 public:
  // A message and where it lies in the song; one without bytes: the port was lost. The recorder's thread.
  using Hear = std::function<void(const device::MidiMessage&, const MidiEntry&)>;

  // What it needs outlives the recorder. journal: null where nothing is recorded; live: null where the keyboard is not
  // to sound; hear may be empty.
  MidiRecorder(MidiSong song, Backing& backing, MidiJournal* journal, realtime::LiveTrack* live, Hear hear = {});
  ~MidiRecorder() override;

  // Once, before the stream starts: the input that has this recorder as its sink. It outlives finish().
  void listen(device::MidiInput& input);

  void process(ConstAudioBlock input, AudioBlock output,
               const device::StreamTime& time) noexcept TALKBACK_REALTIME override;
  void receive(std::span<const std::uint8_t> bytes, std::int64_t time) noexcept TALKBACK_REALTIME override;
  void lose(std::int64_t time) noexcept TALKBACK_REALTIME override;

  // All passes were played, or the disk failed.
  bool is_done() const noexcept { return done_.load(); }
  // Takes what is left and secures it. The stream must have stopped. The disk's error, if there was one.
  Result<void> finish();

  // Frames of the stream so far. [any-thread]
  Frames played() const noexcept { return Frames{played_.load()}; }
  int notes() const noexcept { return notes_.load(); }
  int losses() const noexcept { return losses_.load(); }
  int xruns() const noexcept { return xruns_.load(); }
  std::int64_t lost_messages() const noexcept { return queue_.lost() + live_lost_.load(); }

  // After finish():

  // Of what was recorded.
  const std::vector<MidiEntry>& entries() const noexcept { return entries_; }
  // Of latency that were taken off.
  Frames compensation() const noexcept { return compensation_; }
  // Bytes that made no message.
  std::int64_t dropped() const noexcept { return assembler_.dropped(); }

 private:
  void run(std::stop_token stop);
  Result<void> drain();
  Result<void> take(const device::MidiArrival& arrival);
  Result<void> keep(MidiEntry entry);
  Result<void> keep_moment(Frames behind);
  std::optional<MidiEntry> place(MidiEntry::Kind kind, std::int64_t time) const;
  MidiEntry place_frame(MidiEntry::Kind kind, FramePosition frame) const;

  const MidiSong song_;
  const SampleRate rate_;
  Backing& backing_;
  MidiJournal* const journal_;
  realtime::LiveTrack* const live_;
  const Hear hear_;
  device::MidiInput* input_ = nullptr;
  std::optional<MidiClock> clock_;
  device::MidiQueue queue_;
  std::atomic<std::int64_t> played_{0};
  std::atomic<std::int64_t> live_lost_{0};
  std::atomic<int> notes_{0};
  std::atomic<int> losses_{0};
  std::atomic<int> xruns_{0};
  std::atomic<bool> done_{false};
  // The recorder's thread; to be read after it ended.
  device::MidiAssembler assembler_;
  std::vector<MidiEntry> entries_;
  Frames compensation_{};
  std::optional<FramePosition> moment_;
  bool is_dirty_ = false;
  std::optional<Error> error_;
  std::jthread thread_;
};

}  // namespace talkback::recorder
