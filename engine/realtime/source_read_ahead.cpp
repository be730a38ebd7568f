#include "engine/realtime/source_read_ahead.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace talkback::realtime {

namespace {

// A tenth of what is played ahead.
constexpr std::chrono::milliseconds kPoll{100};

}  // namespace

SourceReadAhead::SourceReadAhead(const std::atomic<std::int64_t>& position, SampleRate rate, Thread thread)
    : position_(position), rate_(rate) {
  if (thread == Thread::own) thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

SourceReadAhead::~SourceReadAhead() = default;

void SourceReadAhead::add(const PlayerGraph& graph) {
  const std::lock_guard lock(mutex_);
  needs_.push_back({&graph, graph.sources()});
  for (const auto& source : graph.ahead()) instruments_.push_back({source});
}

void SourceReadAhead::remove(const PlayerGraph& graph) {
  const std::lock_guard lock(mutex_);
  std::erase_if(needs_, [&](const Needs& needs) { return needs.graph == &graph; });
}

void SourceReadAhead::step() {
  std::vector<Needs> needs;
  std::vector<std::shared_ptr<AheadSource>> instruments;
  {
    const std::lock_guard lock(mutex_);
    needs = needs_;
    std::int64_t late = 0;
    for (Instrument& instrument : instruments_) {
      if (auto source = instrument.source.lock()) {
        instrument.late_frames = source->late_frames();
        late += instrument.late_frames;
        instruments.push_back(std::move(source));
      } else {
        gone_late_frames_ += std::exchange(instrument.late_frames, 0);
      }
    }
    std::erase_if(instruments_, [](const Instrument& instrument) { return instrument.source.expired(); });
    late_frames_.store(late + gone_late_frames_, std::memory_order_relaxed);
  }
  for (const auto& instrument : instruments) instrument->fill();
  const FramePosition from{position_.load(std::memory_order_relaxed)};
  const FramePosition to = from + Frames{std::llround(kAheadSeconds * rate_.hz)};
  for (const Needs& need : needs) {
    for (const graph::SourceStretch& stretch : need.sources) {
      const FramePosition begin = std::max(stretch.start, from);
      const FramePosition end = std::min(stretch.start + stretch.length, to);
      if (begin < end)
        stretch.sound->touch(stretch.begin + (begin - stretch.start), stretch.begin + (end - stretch.start));
    }
  }
}

void SourceReadAhead::run(std::stop_token stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    step();
    woken_.wait_for(lock, stop, kPoll, [] { return false; });
  }
}

}  // namespace talkback::realtime
