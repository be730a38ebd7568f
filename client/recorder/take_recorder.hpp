// Records one take while the song plays: the callback only copies, a thread of this object writes to the disk.
//
// Captured frame s was sung to the song's frame start + s - count_in - compensation: that is how the take is placed.
// The capture file is complete up to 250 ms ago at any moment.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "client/device/audio_device.hpp"
#include "client/recorder/capture_file.hpp"
#include "engine/realtime/audio_ring.hpp"
#include "engine/realtime/read_ahead.hpp"

namespace talkback::recorder {

inline constexpr int kSyncMs = 250;

// A driver that reports more than this, or less than nothing, is not to be believed (PipeWire's reports reach days).
inline constexpr int kRoundTripSecondsMax = 2;

struct TakeOptions {
  int channels = 1;
  // Of what is played before the take begins, count-in included.
  Frames lead_in{};
  // Of the take; recording goes on for the round trip more. nullopt: until stop.
  std::optional<Frames> length;
};

class TakeRecorder final : public device::StreamCallback {
 public:
  // playback and file outlive the recorder. Starts the writing thread.
  TakeRecorder(TakeOptions options, SampleRate rate, realtime::ReadAhead& playback, CaptureFile& file);
  ~TakeRecorder() override;

  void process(ConstAudioBlock input, AudioBlock output, const device::StreamTime& time) noexcept override;

  // The wanted length is captured, or the disk failed.
  bool is_done() const noexcept { return done_.load(); }
  // Writes what is left and secures it. The stream must have stopped. The disk's error, if there was one.
  Result<void> finish();

  Frames captured() const noexcept { return Frames{captured_.load()}; }
  // As the device reported it, believable or not.
  Frames round_trip() const noexcept { return Frames{round_trip_.load()}; }
  // What the take is placed by: the report, or 0 where it cannot be.
  Frames compensation() const noexcept {
    const std::int64_t reported = round_trip_.load();
    return Frames{reported >= 0 && reported <= round_trip_max_ ? reported : 0};
  }
  int xruns() const noexcept { return xruns_.load(); }
  // Frames that the disk was too slow for; they are silent in the file.
  std::int64_t lost_frames() const noexcept { return lost_frames_.load(); }
  // Largest sample since the last call, full scale 1.
  float take_peak() noexcept { return peak_.exchange(0.0F); }

 private:
  void run(std::stop_token stop);
  Result<void> drain();

  const TakeOptions options_;
  const std::int64_t round_trip_max_;  // frames
  realtime::ReadAhead& playback_;
  CaptureFile& file_;
  realtime::AudioRing ring_;
  realtime::AudioRing::Writer writer_;
  realtime::AudioRing::Reader reader_;
  int gap_frames_ = 0;  // audio thread only
  std::atomic<std::int64_t> captured_{0};
  std::atomic<std::int64_t> round_trip_{0};
  std::atomic<std::int64_t> lost_frames_{0};
  std::atomic<int> xruns_{0};
  std::atomic<float> peak_{0.0F};
  std::atomic<bool> done_{false};
  std::optional<Error> error_;  // writing thread; read after it ended
  std::jthread thread_;
};

}  // namespace talkback::recorder
