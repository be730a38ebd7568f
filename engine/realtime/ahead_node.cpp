#include "engine/realtime/ahead_node.hpp"

#include <algorithm>

#include "engine/dsp/denormals.hpp"

namespace talkback::realtime {

AheadSource::AheadSource(std::unique_ptr<graph::Node> node, int frames)
    : node_(std::move(node)), frames_(frames), made_(2, kChunkFrames), dropped_(2, kChunkFrames) {
  TALKBACK_CHECK(node_->channels() == 2);
  ring_ = std::make_unique<AudioRing>(2, frames_);
}

void AheadSource::restart(FramePosition position) {
  const std::lock_guard lock(mutex_);
  node_->reset();
  ring_ = std::make_unique<AudioRing>(2, frames_);
  next_ = position;
  owed_frames_ = 0;
}

void AheadSource::fill() {
  const std::lock_guard lock(mutex_);
  const dsp::DenormalsOff denormals_off;
  AudioRing::Writer writer(*ring_);
  while (writer.space() >= kChunkFrames) {
    node_->process({}, made_.block(), next_);
    writer.write(made_.block());
    next_ += Frames{kChunkFrames};
  }
}

void AheadSource::read(AudioBlock output) noexcept TALKBACK_REALTIME {
  AudioRing::Reader reader(*ring_);
  while (owed_frames_ > 0) {
    const int got =
        reader.read(dropped_.block().slice(0, static_cast<int>(std::min<std::int64_t>(owed_frames_, kChunkFrames))));
    if (got == 0) break;
    owed_frames_ -= got;
  }
  const int got = owed_frames_ > 0 ? 0 : reader.read(output);
  const int missing = output.frame_count() - got;
  if (missing == 0) return;
  clear(output.slice(got, missing));
  owed_frames_ += missing;
  late_frames_.fetch_add(missing, std::memory_order_relaxed);
}

void AheadNode::process(std::span<const ConstAudioBlock>, AudioBlock output, FramePosition position) noexcept {
  if (!has_started_) {
    source_->restart(position);
    source_->fill();
    has_started_ = true;
  }
  if (output.frame_count() > 0) source_->read(output);
}

}  // namespace talkback::realtime
