#include "engine/realtime/read_ahead.hpp"

#include <chrono>

namespace talkback::realtime {
namespace {

constexpr int kBlockFrames = 4'096;
// The maker polls: the audio thread must not wake anybody. Far shorter than what is ahead.
constexpr std::chrono::milliseconds kPoll{5};

}  // namespace

ReadAhead::ReadAhead(int channels, int ahead_frames, Make make)
    : ring_(channels, std::max(ahead_frames, 4 * kBlockFrames)),
      writer_(ring_),
      reader_(ring_),
      make_(std::move(make)),
      thread_([this](std::stop_token stop) { run(stop); }) {}

ReadAhead::~ReadAhead() = default;

void ReadAhead::run(std::stop_token stop) {
  AudioBuffer buffer(ring_.channels(), kBlockFrames);
  while (!stop.stop_requested()) {
    if (writer_.space() < kBlockFrames) {
      std::this_thread::sleep_for(kPoll);
      continue;
    }
    const Result<int> made = make_(buffer.block());
    if (!made) {
      const std::lock_guard lock(mutex_);
      error_ = made.error();
    }
    const int frames = made.value_or(0);
    if (frames > 0) writer_.write(ConstAudioBlock(buffer.block().slice(0, frames)));
    if (frames < kBlockFrames) break;
  }
  made_all_.store(true);
}

Result<void> ReadAhead::wait_until_ready() {
  while (!made_all_.load() && writer_.space() > ring_.capacity() / 2) std::this_thread::sleep_for(kPoll);
  if (auto failed = error()) return *failed;
  return {};
}

void ReadAhead::read(AudioBlock block) noexcept {
  const bool made_all = made_all_.load();
  const int got = reader_.read(block);
  if (got == block.frame_count()) return;
  clear(block.slice(got, block.frame_count() - got));
  if (made_all)
    over_.store(true);
  else
    late_frames_.fetch_add(block.frame_count() - got);
}

std::optional<Error> ReadAhead::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

}  // namespace talkback::realtime
