// Fetches what a player will soon need, on a thread that may wait: pages of mapped clips, and instruments that are
// played ahead (ahead_node.hpp).
//
// The pages of the next kAheadSeconds from the play position on are touched again and again, so that the audio thread
// finds them in memory. That is a strong habit of the system, no promise: under pressure it may drop a page in between,
// and the audio thread then waits for the disk. A place that is located is touched before it is played.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/realtime/player_graph.hpp"

namespace talkback::realtime {

class SourceReadAhead {
 public:
  static constexpr double kAheadSeconds = 4.0;

  enum class Thread { none, own };

  // position: song frame that plays; outlives this. Thread::none: step() is called by the owner.
  SourceReadAhead(const std::atomic<std::int64_t>& position, SampleRate rate, Thread thread);
  ~SourceReadAhead();

  // One thread. The graph may be destroyed after remove().
  void add(const PlayerGraph& graph);
  void remove(const PlayerGraph& graph);

  // Of all instruments so far. [any-thread]
  std::int64_t late_frames() const noexcept { return late_frames_.load(std::memory_order_relaxed); }

  // Does all there is to do now. Any thread but the audio thread.
  void step();

 private:
  struct Needs {
    const PlayerGraph* graph = nullptr;
    std::vector<graph::SourceStretch> sources;
  };
  // Instruments wander from graph to graph with their nodes and live as long as these.
  struct Instrument {
    std::weak_ptr<AheadSource> source;
    std::int64_t late_frames = 0;
  };

  void run(std::stop_token stop);

  const std::atomic<std::int64_t>& position_;
  SampleRate rate_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::vector<Needs> needs_;             // guarded by mutex_
  std::vector<Instrument> instruments_;  // guarded by mutex_
  std::int64_t gone_late_frames_ = 0;    // guarded by mutex_
  std::atomic<std::int64_t> late_frames_{0};
  std::jthread thread_;  // last: it uses the others
};

}  // namespace talkback::realtime
