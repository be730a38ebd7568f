#include "engine/render/render_sink.hpp"

#include <algorithm>

namespace talkback::render {

RenderSink::RenderSink(const SinkOptions& options, media::AudioWriter writer)
    : entry_(options.output.entry), latency_(options.latency), length_(options.length), writer_(std::move(writer)) {}

Result<RenderSink> RenderSink::create(const SinkOptions& options, const std::filesystem::path& folder,
                                      media::FileListener* listener) {
  TALKBACK_ASSIGN(media::AudioWriter file, media::AudioWriter::create(folder / options.name, options.writer, listener));
  return RenderSink(options, std::move(file));
}

Result<void> RenderSink::write(ConstAudioBlock stretch, FramePosition position) {
  const std::int64_t song = position.count - latency_.count;
  const std::int64_t first = std::clamp<std::int64_t>(-song, 0, stretch.frame_count());
  const std::int64_t last = std::clamp<std::int64_t>(length_.count - song, first, stretch.frame_count());
  if (first == last) return {};
  return writer_.write(stretch.slice(static_cast<int>(first), static_cast<int>(last - first)));
}

}  // namespace talkback::render
