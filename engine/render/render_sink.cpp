#include "engine/render/render_sink.hpp"

#include <algorithm>
#include <cmath>

#include "engine/render/segment_runner.hpp"

namespace talkback::render {

RenderSink::RenderSink(const SinkOptions& options, media::AudioWriter writer, analysis::LoudnessMeter meter)
    : entry_(options.output.entry),
      latency_(options.latency),
      length_(options.length),
      writer_(std::move(writer)),
      meter_(std::move(meter)),
      held_(2, SegmentRunner::kStretchFrames) {}

Result<RenderSink> RenderSink::create(const SinkOptions& options, const std::filesystem::path& folder) {
  TALKBACK_ASSIGN(media::AudioWriter file, media::AudioWriter::create(folder / options.name, options.writer));
  TALKBACK_ASSIGN(analysis::LoudnessMeter meter,
                  analysis::LoudnessMeter::create(options.writer.rate, 2, options.true_peak));
  return RenderSink(options, std::move(file), std::move(meter));
}

void RenderSink::take(ConstAudioBlock stretch, FramePosition position) {
  const std::int64_t song = position.count - latency_.count;
  const std::int64_t first = std::clamp<std::int64_t>(-song, 0, stretch.frame_count());
  const std::int64_t last = std::clamp<std::int64_t>(length_.count - song, first, stretch.frame_count());
  held_frames_ = static_cast<int>(last - first);
  for (int c = 0; c < 2; ++c) {
    std::ranges::copy(
        stretch.channel(c).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(held_frames_)),
        held_.block().channel(c).begin());
  }
}

void RenderSink::write() {
  if (held_frames_ == 0 || !outcome_) return;
  const ConstAudioBlock block = held_.block().slice(0, held_frames_);
  for (int c = 0; c < 2; ++c) {
    for (const float sample : block.channel(c)) clipped_ += std::abs(sample) > 1.0F ? 1 : 0;
  }
  meter_.process(block);
  outcome_ = writer_.write(block);
  held_frames_ = 0;
}

Result<void> RenderSink::finish() {
  write();
  TALKBACK_TRY(outcome_);
  return writer_.finish();
}

}  // namespace talkback::render
