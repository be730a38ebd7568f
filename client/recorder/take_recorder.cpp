#include "client/recorder/take_recorder.hpp"

#include <chrono>
#include <cmath>

namespace talkback::recorder {
namespace {

// How long the disk may stall before sound is lost.
constexpr int kRingSeconds = 10;
constexpr int kWriteFrames = 16'384;
constexpr std::chrono::milliseconds kPoll{10};
static_assert(kPoll.count() * 4 < kSyncMs);

}  // namespace

TakeRecorder::TakeRecorder(TakeOptions options, SampleRate rate, realtime::ReadAhead& playback, CaptureFile& file)
    : options_(std::move(options)),
      round_trip_max_(std::int64_t{kRoundTripSecondsMax} * rate.hz),
      playback_(playback),
      file_(file),
      ring_(options_.channels, kRingSeconds * rate.hz),
      writer_(ring_),
      reader_(ring_),
      thread_([this](std::stop_token stop) { run(stop); }) {}

TakeRecorder::~TakeRecorder() = default;

void TakeRecorder::process(ConstAudioBlock input, AudioBlock output, const device::StreamTime& time) noexcept {
  playback_.read(output);
  if (time.position.count == 0) round_trip_.store(time.round_trip.count);
  if (time.xrun) xruns_.fetch_add(1);
  // After a stall the lost frames are made up with silence first, so that everything behind them stays in its place.
  if (gap_frames_ > 0) gap_frames_ -= writer_.write_silence(gap_frames_);
  const int taken = gap_frames_ > 0 ? 0 : writer_.write(input);
  if (taken < input.frame_count()) {
    gap_frames_ += input.frame_count() - taken;
    lost_frames_.fetch_add(input.frame_count() - taken);
  }
  float peak = 0.0F;
  for (int c = 0; c < input.channel_count(); ++c)
    for (const float sample : input.channel(c)) peak = std::max(peak, std::abs(sample));
  if (peak > peak_.load()) peak_.store(peak);
  const std::int64_t captured = captured_.fetch_add(input.frame_count()) + input.frame_count();
  if (options_.length && captured >= options_.lead_in.count + options_.length->count + compensation().count)
    done_.store(true);
}

void TakeRecorder::run(std::stop_token stop) {
  auto synced = std::chrono::steady_clock::now();
  while (!stop.stop_requested() && !error_) {
    if (auto drained = drain(); !drained) error_ = drained.error();
    const auto now = std::chrono::steady_clock::now();
    if (!error_ && now - synced >= std::chrono::milliseconds(kSyncMs) - 2 * kPoll) {
      if (auto secured = file_.sync(); !secured) error_ = secured.error();
      synced = now;
    }
    std::this_thread::sleep_for(kPoll);
  }
  if (error_) done_.store(true);
}

Result<void> TakeRecorder::drain() {
  AudioBuffer buffer(options_.channels, kWriteFrames);
  while (const int frames = reader_.read(buffer.block()))
    TALKBACK_TRY(file_.append(ConstAudioBlock(buffer.block().slice(0, frames))));
  return {};
}

Result<void> TakeRecorder::finish() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  if (error_) return *error_;
  TALKBACK_TRY(drain());
  return file_.sync();
}

}  // namespace talkback::recorder
