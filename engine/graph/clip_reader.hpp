// Plays the clips and comp segments of an audio track.
//
// Where clips overlap, they sum. Clips start at whole frames; a fade is a function of the song frame alone. A mono
// source on a stereo track is spread at -3.01 dB (dsp/pan.hpp).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/dsp/fade.hpp"
#include "engine/graph/node.hpp"
#include "engine/media/source_library.hpp"

namespace talkback::graph {

struct ClipFade {
  std::int64_t frames = 0;
  dsp::FadeShape shape = dsp::FadeShape::linear;
};

// A stretch of a source at its place in the song, in session frames.
struct PlacedClip {
  std::string name;  // for errors
  std::string blob_sha256;
  FramePosition start;
  Frames length;
  media::TimeStretch stretch = {};
  FramePosition source_start;  // the frame of the (stretched) source that sounds at `start`; may be negative
  double gain = 1.0;
  ClipFade fade_in;
  ClipFade fade_out;
};

class ClipReader final : public Node {
 public:
  // The library outlives the node.
  ClipReader(std::string track, std::vector<PlacedClip> clips, int channels, SampleRate rate,
             media::SourceLibrary& library);

  std::string_view type() const noexcept override { return "clip reader"; }
  int channels() const noexcept override { return channels_; }
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
  void reset() noexcept override;
  void describe(std::int64_t begin, std::int64_t end, std::string& text) const override;
  std::optional<Error> failure() const override { return failure_; }
  Result<void> prepare_realtime() override;
  void list_sources(std::vector<SourceStretch>& list) const override;
  std::int64_t not_finite() const noexcept override;

 private:
  // Open files of one track at a time.
  static constexpr std::size_t kReadersMax = 8;
  static constexpr int kChunkFrames = 4096;

  struct OpenReader {
    std::string blob_sha256;
    media::TimeStretch stretch;
    std::unique_ptr<media::SourceReader> reader;
    std::uint64_t used = 0;
    // When it was opened: what decoding counted belongs to no place (media/source_library.hpp).
    std::int64_t known_not_finite = 0;
  };

  Result<media::SourceReader*> reader_of(const PlacedClip& clip);
  Error named(Error error, const PlacedClip& clip) const;
  Result<void> add_clip(std::size_t number, AudioBlock output, FramePosition position);
  void add_chunk(const PlacedClip& clip, ConstAudioBlock source, AudioBlock output, std::int64_t in_clip) noexcept;

  std::string track_;
  std::vector<PlacedClip> clips_;  // by start
  int channels_;
  SampleRate rate_;
  media::SourceLibrary& library_;
  std::vector<OpenReader> readers_;
  // For the audio thread: the sounds of clips_; empty before prepare_realtime().
  std::vector<std::shared_ptr<const media::MappedSound>> mapped_;
  std::uint64_t uses_ = 0;
  std::int64_t closed_not_finite_ = 0;
  // Clips before this one have ended.
  std::size_t first_ = 0;
  FramePosition expected_{};
  AudioBuffer scratch_;
  std::vector<float> gains_;
  std::optional<Error> failure_;
};

}  // namespace talkback::graph
