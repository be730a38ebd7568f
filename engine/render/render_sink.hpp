// One output of a render on its way into a file: cut to the song and written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
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
  static Result<RenderSink> create(const SinkOptions& options, const std::filesystem::path& folder);

  // What belongs to the song of a stretch that starts at stream frame `position`.
  Result<void> write(ConstAudioBlock stretch, FramePosition position);

  // read: as of AudioWriter::finish, or none.
  Result<void> finish(const std::function<void(std::span<const std::byte>)>& read);

  int entry() const noexcept { return entry_; }

 private:
  RenderSink(const SinkOptions& options, media::AudioWriter writer);

  int entry_;
  Frames latency_;
  Frames length_;
  media::AudioWriter writer_;
};

}  // namespace talkback::render
