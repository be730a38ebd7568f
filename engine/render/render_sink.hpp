// One output of a render on its way into a file: cut to the song, measured and written beside the next stretch.
#pragma once

#include <filesystem>
#include <string>

#include "engine/analysis/loudness.hpp"
#include "engine/graph/graph.hpp"
#include "engine/media/audio_writer.hpp"

namespace talkback::render {

struct SinkOptions {
  graph::GraphOutput output;
  Frames latency{};  // of the output
  Frames length{};   // of the song
  std::string name;  // below the output folder
  media::WriterOptions writer;
  analysis::TruePeak true_peak = analysis::TruePeak::on;
};

class RenderSink {
 public:
  static Result<RenderSink> create(const SinkOptions& options, const std::filesystem::path& folder);

  // Copies what belongs to the song from a stretch that starts at stream frame `position`.
  void take(ConstAudioBlock stretch, FramePosition position);

  // Measures and writes what was taken.
  void write();

  Result<void> finish();

  int entry() const noexcept { return entry_; }
  const Result<void>& outcome() const noexcept { return outcome_; }
  analysis::Loudness loudness() const { return meter_.loudness(); }
  // Samples above full scale.
  std::int64_t clipped() const noexcept { return clipped_; }

 private:
  RenderSink(const SinkOptions& options, media::AudioWriter writer, analysis::LoudnessMeter meter);

  int entry_;
  Frames latency_;
  Frames length_;
  media::AudioWriter writer_;
  analysis::LoudnessMeter meter_;
  AudioBuffer held_;
  int held_frames_ = 0;
  std::int64_t clipped_ = 0;
  Result<void> outcome_;
};

}  // namespace talkback::render
