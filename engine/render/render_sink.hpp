// One output of a render on its way into a file: cut to the song and written.
#pragma once

#include <filesystem>
#include <string>

#include "engine/graph/graph.hpp"
#include "engine/media/audio_writer.hpp"

namespace talkback::render {

struct SinkOptions {
  graph::GraphOutput output;
  Frames latency{};  // of the output
  Frames length{};   // of the song
  std::string name;  // below the output folder
  media::WriterOptions writer;
};

class RenderSink {
 public:
  // listener: of the file (media/audio_writer.hpp), or null.
  static Result<RenderSink> create(const SinkOptions& options, const std::filesystem::path& folder,
                                   media::FileListener* listener);

  // What belongs to the song of a stretch that starts at stream frame `position`.
  Result<void> write(ConstAudioBlock stretch, FramePosition position);

  Result<void> finish() { return writer_.finish(); }

  int entry() const noexcept { return entry_; }

 private:
  RenderSink(const SinkOptions& options, media::AudioWriter writer);

  int entry_;
  Frames latency_;
  Frames length_;
  media::AudioWriter writer_;
};

}  // namespace talkback::render
