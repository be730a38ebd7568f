// What was sung in the last minute, whether anybody recorded or not: for who asked for it.
//
// While the song plays, RememberedInput passes the input on to an InputHistory, which writes it into captures of
// kInputSegmentSeconds each (capture_file.hpp, capture_journal.hpp) in one folder and throws away those that lie wholly
// before the last kInputHistorySeconds. So it is bounded in time and on the disk, survives the program, and is read by
// another. A new run throws away what earlier ones left.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "client/device/audio_device.hpp"
#include "client/recorder/capture_file.hpp"
#include "client/recorder/capture_journal.hpp"
#include "engine/realtime/audio_ring.hpp"

namespace talkback::recorder {

inline constexpr int kInputHistorySeconds = 60;
inline constexpr int kInputSegmentSeconds = 10;

// On the audio thread: whoever plays is called as before, and hears nothing of this.
class RememberedInput final : public device::StreamCallback {
 public:
  // inputs: of the device, from 1. player: outlives it. Room for two seconds that the disk may be late.
  RememberedInput(std::vector<int> inputs, SampleRate rate, device::StreamCallback& player);

  void process(ConstAudioBlock input, AudioBlock output,
               const device::StreamTime& time) noexcept TALKBACK_REALTIME override;

  int channels() const noexcept { return static_cast<int>(inputs_.size()); }
  // As the device reported it with its first call; 0 before. [any-thread]
  Frames round_trip() const noexcept { return Frames{round_trip_.load()}; }
  int buffer_frames() const noexcept { return buffer_frames_.load(); }
  // Frames that the disk was too slow for; silent. [any-thread]
  std::int64_t lost_frames() const noexcept { return lost_frames_.load(); }
  realtime::AudioRing& ring() noexcept { return ring_; }

 private:
  const std::vector<int> inputs_;
  device::StreamCallback& player_;
  realtime::AudioRing ring_;
  realtime::AudioRing::Writer writer_;
  int gap_frames_ = 0;  // audio thread: lost, and not yet silence in the ring
  std::atomic<std::int64_t> round_trip_{0};
  std::atomic<int> buffer_frames_{0};
  std::atomic<std::int64_t> lost_frames_{0};
};

class InputHistory {
 public:
  // input: outlives it. start: as of a recording whose first frame is the input's first, while the song begins to play
  // at its frame `song`. Empties the folder and starts the thread.
  InputHistory(RememberedInput& input, std::filesystem::path folder, CaptureStart start, FramePosition song);
  // Writes what is left; the stream must have stopped.
  ~InputHistory();

  // The round trip to be taken off, once it is known.
  void set_latency(Frames latency, bool is_measured);
  // The disk's error, after which nothing is remembered.
  std::optional<Error> error() const;

 private:
  void run(std::stop_token stop);
  Result<void> drain();
  Result<void> begin_segment();
  Result<void> note_latency();
  void forget();

  const std::filesystem::path folder_;
  const CaptureStart start_;
  const FramePosition song_;
  realtime::AudioRing::Reader reader_;
  AudioBuffer buffer_;

  // Thread.
  struct Segment {
    std::filesystem::path journal;
    std::filesystem::path capture;
    std::int64_t end = 0;  // frame of the run behind it
  };
  std::deque<Segment> segments_;
  std::optional<CaptureJournal> journal_;
  std::optional<CaptureFile> file_;
  std::int64_t frames_ = 0;         // of the run
  std::int64_t segment_begin_ = 0;  // of the last
  int number_ = 0;

  mutable std::mutex mutex_;
  std::optional<Error> error_;                         // guarded by mutex_
  CaptureEvent latency_{CaptureEvent::Kind::latency};  // guarded by mutex_
  bool is_latency_new_ = false;                        // guarded by mutex_: the journal does not know it yet
  std::jthread thread_;
};

// A stretch of it as a recording of its own.
struct Remembered {
  CaptureStart start;  // of the run
  AudioBuffer sound;
  FramePosition song;                                 // where the song was at its first frame
  CaptureEvent latency{CaptureEvent::Kind::latency};  // to be taken off
};

// The last `seconds` (at most kInputHistorySeconds) of what the last run heard, also while it goes on. Fails with
// not_found where nothing was remembered.
Result<Remembered> read_input_history(const std::filesystem::path& folder, double seconds);

}  // namespace talkback::recorder
