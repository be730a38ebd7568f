// An instrument whose past can only be played again (graph::Memory::replayed), on the audio thread.
//
// Such instruments are other people's synthesizers, which may load samples and allocate when a note or a program
// begins. So they are played ahead on the read-ahead's thread, and the audio thread copies. They have no inputs and
// hang on the song alone: playing them early changes no sample. What is not there in time is silent and counted; what
// comes later then is dropped, so that it stays in place.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "engine/graph/node.hpp"
#include "engine/realtime/audio_ring.hpp"

namespace talkback::realtime {

// The part that is made ahead. Shared between its node and the read-ahead.
class AheadSource {
 public:
  // frames: how far ahead.
  AheadSource(std::unique_ptr<graph::Node> node, int frames);

  // Plays from `position` on anew. While the audio thread does not read. Not for the audio thread.
  void restart(FramePosition position);

  // Makes what fits. Not for the audio thread; any thread.
  void fill();

  // Frames that came too late, so far. [any-thread]
  std::int64_t late_frames() const noexcept { return late_frames_.load(std::memory_order_relaxed); }

  const graph::Node& node() const noexcept { return *node_; }

  // [audio-thread]
  void read(AudioBlock output) noexcept TALKBACK_REALTIME;

 private:
  static constexpr int kChunkFrames = 512;

  std::mutex mutex_;  // between those that are not the audio thread
  std::unique_ptr<graph::Node> node_;
  std::unique_ptr<AudioRing> ring_;
  int frames_;
  FramePosition next_{};
  AudioBuffer made_;
  // Audio thread: frames that were missing and are to be dropped when they come.
  std::int64_t owed_frames_ = 0;
  AudioBuffer dropped_;
  std::atomic<std::int64_t> late_frames_{0};
};

class AheadNode final : public graph::Node {
 public:
  explicit AheadNode(std::shared_ptr<AheadSource> source) : source_(std::move(source)) {}

  std::string_view type() const noexcept override { return source_->node().type(); }
  int version() const noexcept override { return source_->node().version(); }
  int channels() const noexcept override { return source_->node().channels(); }
  graph::Memory memory() const noexcept override { return graph::Memory::replayed; }
  // The first call after reset() decides where it plays, and is not for the audio thread.
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
  void reset() noexcept override { has_started_ = false; }
  const std::shared_ptr<AheadSource>& source() const noexcept { return source_; }
  void describe(std::int64_t begin, std::int64_t end, std::string& text) const override {
    source_->node().describe(begin, end, text);
  }

 private:
  std::shared_ptr<AheadSource> source_;
  bool has_started_ = false;
};

}  // namespace talkback::realtime
