#include "client/recorder/capture_writer.hpp"

#include <chrono>
#include <utility>

namespace talkback::recorder {
namespace {

constexpr int kWriteFrames = 16'384;
constexpr std::chrono::milliseconds kPoll{10};
// So that securing itself may take its time.
constexpr std::chrono::milliseconds kSyncEvery{kSyncMs / 2};

}  // namespace

CaptureWriter::CaptureWriter(Recording& recording, CaptureFile& file, CaptureJournal& journal)
    : recording_(recording),
      file_(file),
      journal_(journal),
      reader_(recording.ring()),
      buffer_(recording.options().channels, kWriteFrames),
      thread_([this](std::stop_token stop) { run(stop); }) {}

CaptureWriter::~CaptureWriter() = default;

void CaptureWriter::note(const CaptureUpload& upload) {
  const std::lock_guard lock(mutex_);
  upload_ = upload;
  if (!is_finished_) return;
  // What cannot be noted is only sent again.
  (void)journal_.append(upload);
  (void)journal_.sync();
}

void CaptureWriter::note(const CaptureMade& made) {
  const std::lock_guard lock(mutex_);
  TALKBACK_CHECK(is_finished_);
  (void)journal_.append(made);
  (void)journal_.sync();
}

void CaptureWriter::run(std::stop_token stop) {
  auto synced = std::chrono::steady_clock::now();
  while (!stop.stop_requested() && !error_) {
    if (auto drained = drain(); !drained) error_ = drained.error();
    const auto now = std::chrono::steady_clock::now();
    if (!error_ && now - synced >= kSyncEvery) {
      if (auto secured = secure(); !secured) error_ = secured.error();
      synced = now;
    }
    std::this_thread::sleep_for(kPoll);
  }
  if (error_) has_failed_.store(true, std::memory_order_release);
}

Result<void> CaptureWriter::drain() {
  while (const int frames = reader_.read(buffer_.block()))
    TALKBACK_TRY(file_.append(ConstAudioBlock(buffer_.block().slice(0, frames))));
  while (const auto event = recording_.events().pop()) TALKBACK_TRY(journal_.append(*event));
  std::optional<CaptureUpload> upload;
  {
    const std::lock_guard lock(mutex_);
    upload = std::exchange(upload_, std::nullopt);
  }
  if (upload) TALKBACK_TRY(journal_.append(*upload));
  return {};
}

Result<void> CaptureWriter::secure() {
  const Frames written = file_.length();
  TALKBACK_TRY(journal_.sync());
  TALKBACK_TRY(file_.sync());
  secured_.store(written.count, std::memory_order_release);
  return {};
}

Result<void> CaptureWriter::finish() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  if (!error_) {
    if (auto drained = drain(); !drained) error_ = drained.error();
  }
  {
    const std::lock_guard lock(mutex_);
    is_finished_ = true;
  }
  // A full disk may still have room for a line, and what came before the failure is to be secured in any case.
  const auto ended = journal_.append_end();
  const auto secured = secure();
  if (error_) return *error_;
  TALKBACK_TRY(ended);
  return secured;
}

}  // namespace talkback::recorder
