#include "engine/render/render_sink.hpp"

#include <algorithm>
#include <cmath>

namespace talkback::render {

RenderSink::RenderSink(const SinkOptions& options, media::AudioWriter writer, analysis::LoudnessMeter meter)
    : entry_(options.output.entry),
      latency_(options.latency),
      length_(options.length),
      writer_(std::move(writer)),
      meter_(std::move(meter)) {}

Result<RenderSink> RenderSink::create(const SinkOptions& options, const std::filesystem::path& folder) {
  TALKBACK_ASSIGN(media::AudioWriter file, media::AudioWriter::create(folder / options.name, options.writer));
  TALKBACK_ASSIGN(analysis::LoudnessMeter meter,
                  analysis::LoudnessMeter::create(options.writer.rate, 2, options.true_peak));
  return RenderSink(options, std::move(file), std::move(meter));
}

Result<void> RenderSink::write(ConstAudioBlock stretch, FramePosition position) {
  const std::int64_t song = position.count - latency_.count;
  const std::int64_t first = std::clamp<std::int64_t>(-song, 0, stretch.frame_count());
  const std::int64_t last = std::clamp<std::int64_t>(length_.count - song, first, stretch.frame_count());
  if (first == last) return {};
  const ConstAudioBlock block = stretch.slice(static_cast<int>(first), static_cast<int>(last - first));
  for (int c = 0; c < 2; ++c) {
    for (const float sample : block.channel(c)) clipped_ += std::abs(sample) > 1.0F ? 1 : 0;
  }
  meter_.process(block);
  return writer_.write(block);
}

Result<void> RenderSink::finish() { return writer_.finish(); }

}  // namespace talkback::render
