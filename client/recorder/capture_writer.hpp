// Brings a recording to the disk: a thread that empties its ring into the capture file and its events into the journal.
//
// Both are secured at least every kSyncMs. When the disk fails the recording is over; what is on it stays.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "client/recorder/capture_file.hpp"
#include "client/recorder/capture_journal.hpp"
#include "client/recorder/recording.hpp"

namespace talkback::recorder {

inline constexpr int kSyncMs = 250;

class CaptureWriter {
 public:
  // All outlive it. Starts the thread.
  CaptureWriter(Recording& recording, CaptureFile& file, CaptureJournal& journal);
  ~CaptureWriter();

  // Writes what is left, secures it and notes the end. The stream must have stopped. The disk's error, if there was
  // one; what came before it is kept.
  Result<void> finish();

  bool has_failed() const noexcept { return has_failed_.load(std::memory_order_acquire); }
  // Frames that a power cut would leave.
  Frames secured() const noexcept { return Frames{secured_.load(std::memory_order_acquire)}; }

  // The journal is written from here alone; other threads hand theirs in. [any-thread]
  void note(const CaptureUpload& upload);
  // After finish(). [any-thread]
  void note(const CaptureMade& made);

 private:
  void run(std::stop_token stop);
  Result<void> drain();
  Result<void> secure();

  Recording& recording_;
  CaptureFile& file_;
  CaptureJournal& journal_;
  realtime::AudioRing::Reader reader_;
  AudioBuffer buffer_;
  std::atomic<std::int64_t> secured_{0};
  std::atomic<bool> has_failed_{false};
  std::mutex mutex_;
  std::optional<CaptureUpload> upload_;  // guarded by mutex_
  bool is_finished_ = false;             // guarded by mutex_
  std::optional<Error> error_;           // writing thread; read after it ended
  std::jthread thread_;
};

}  // namespace talkback::recorder
