// A thread that takes sound to the sinks, so that whoever renders need not wait for conversion and disk.
//
// What is given is written in order. Only so much waits; then the giver does.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/render/render_sink.hpp"

namespace talkback::render {

class WriteBehind {
 public:
  // frames_max: of one stretch. The sinks outlive it.
  WriteBehind(std::vector<RenderSink>& sinks, int frames_max);
  // What still waits is dropped.
  ~WriteBehind();
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;

  // Copies a stretch for one of the sinks. Fails as an earlier write did. One thread at a time.
  Result<void> write(std::size_t sink, ConstAudioBlock stretch, FramePosition position);

  // Waits until all is written. Fails as a write did.
  Result<void> finish();

 private:
  struct Item {
    std::size_t sink = 0;
    FramePosition position;
    int frames = 0;
    AudioBuffer sound;
  };

  void run();
  // Of the giver.
  template <class Condition>
  void wait(std::unique_lock<std::mutex>& lock, Condition condition);

  std::vector<RenderSink>& sinks_;
  int frames_max_;
  std::size_t items_max_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::condition_variable changed_;
  std::deque<Item> waiting_;
  std::vector<Item> spare_;
  Result<void> outcome_;
  bool is_writing_ = false;
  bool is_giver_waiting_ = false;
  bool is_finishing_ = false;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace talkback::render
