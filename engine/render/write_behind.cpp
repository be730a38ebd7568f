#include "engine/render/write_behind.hpp"

#include <algorithm>
#include <utility>

namespace talkback::render {

namespace {

// Stretches that wait at most: 8 MB of stereo, and of a single file 20 seconds.
constexpr std::size_t kStretchesMax = 250;
constexpr std::size_t kStretchesOfSink = 2;
// The writer sleeps until so many wait: to wake it for each takes longer than to write one.
constexpr std::size_t kStretchesTogether = 16;

}  // namespace

WriteBehind::WriteBehind(std::vector<RenderSink>& sinks, int frames_max)
    : sinks_(sinks), frames_max_(frames_max), items_max_(kStretchesMax + kStretchesOfSink * sinks.size()) {
  thread_ = std::thread([this] { run(); });
}

WriteBehind::~WriteBehind() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  thread_.join();
}

template <class Condition>
void WriteBehind::wait(std::unique_lock<std::mutex>& lock, Condition condition) {
  is_giver_waiting_ = true;
  changed_.wait(lock, condition);
  is_giver_waiting_ = false;
}

Result<void> WriteBehind::write(std::size_t sink, ConstAudioBlock stretch, FramePosition position) {
  Item item;
  {
    std::unique_lock lock(mutex_);
    wait(lock, [this] { return waiting_.size() < items_max_ || !outcome_; });
    if (!outcome_) return outcome_;
    if (!spare_.empty()) {
      item = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (item.sound.frame_count() == 0) item.sound = AudioBuffer(stretch.channel_count(), frames_max_);
  item.sink = sink;
  item.position = position;
  item.frames = stretch.frame_count();
  const AudioBlock copy = item.sound.block().slice(0, item.frames);
  for (int c = 0; c < stretch.channel_count(); ++c) std::ranges::copy(stretch.channel(c), copy.channel(c).begin());
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(item));
    if (waiting_.size() != kStretchesTogether) return {};
  }
  changed_.notify_all();
  return {};
}

Result<void> WriteBehind::finish() {
  std::unique_lock lock(mutex_);
  is_finishing_ = true;
  changed_.notify_all();
  wait(lock, [this] { return (waiting_.empty() && !is_writing_) || !outcome_; });
  is_finishing_ = false;
  return outcome_;
}

void WriteBehind::run() {
  std::unique_lock lock(mutex_);
  // Once awake it writes all.
  bool is_awake = false;
  while (true) {
    changed_.wait(lock, [&] {
      const bool is_due = is_awake || is_finishing_ || waiting_.size() >= kStretchesTogether;
      return is_over_ || (is_due && !waiting_.empty());
    });
    if (is_over_) return;
    Item item = std::move(waiting_.front());
    waiting_.pop_front();
    is_writing_ = true;
    lock.unlock();
    auto written = sinks_[item.sink].write(item.sound.block().slice(0, item.frames), item.position);
    lock.lock();
    is_writing_ = false;
    if (!written) outcome_ = std::move(written);
    spare_.push_back(std::move(item));
    if (is_giver_waiting_) changed_.notify_all();
    if (!outcome_) return;
    is_awake = !waiting_.empty();
  }
}

}  // namespace talkback::render
