// Buffers that go from one task to the next. A thread gets back what it gave last: that lies in its core's cache.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/base/audio_block.hpp"

namespace talkback::render {

class BufferPool {
 public:
  BufferPool(int threads, int channels, int frames)
      : channels_(channels), frames_(frames), free_(static_cast<std::size_t>(threads)) {}

  // What is in it is undefined. Lives as long as the pool. [any-thread]
  AudioBuffer& take(int thread) {
    const std::lock_guard lock(mutex_);
    std::vector<AudioBuffer*>* found = &free_[static_cast<std::size_t>(thread)];
    for (auto& other : free_) {
      if (found->empty()) found = &other;
    }
    if (found->empty()) return *all_.emplace_back(std::make_unique<AudioBuffer>(channels_, frames_));
    AudioBuffer& buffer = *found->back();
    found->pop_back();
    return buffer;
  }

  // [any-thread]
  void give(int thread, AudioBuffer& buffer) {
    const std::lock_guard lock(mutex_);
    free_[static_cast<std::size_t>(thread)].push_back(&buffer);
  }

 private:
  int channels_;
  int frames_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<AudioBuffer>> all_;
  std::vector<std::vector<AudioBuffer*>> free_;  // by thread
};

}  // namespace talkback::render
