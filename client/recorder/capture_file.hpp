// The sound of a recording, on the disk while it is being played: a WAV file that survives the program.
//
// 32-bit floats behind a head of fixed length (media/wave_head.hpp) that says "to the end of the file", so that any
// tool opens it wherever it was cut off. append() hands the frames to the system at once; sync() makes them survive a
// power cut. What happened meanwhile stands in the journal beside it.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/position.hpp"
#include "engine/base/result.hpp"
#include "engine/media/take_tags.hpp"

namespace talkback::recorder {

class CaptureFile {
 public:
  // Fails with `unavailable` or `exhausted` (disk full).
  static Result<CaptureFile> create(const std::filesystem::path& file, const media::TakeTags& tags);
  ~CaptureFile();
  CaptureFile(CaptureFile&& other) noexcept;
  CaptureFile& operator=(CaptureFile&&) = delete;

  Result<void> append(ConstAudioBlock block);
  Result<void> sync();

  Frames length() const noexcept { return length_; }
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  CaptureFile(std::filesystem::path path, int descriptor, int channels)
      : path_(std::move(path)), descriptor_(descriptor), channels_(channels) {}
  std::filesystem::path path_;
  int descriptor_;
  int channels_;
  Frames length_{};
  std::vector<float> interleaved_;
};

// Reads a capture, also while it grows.
class CaptureReader {
 public:
  static Result<CaptureReader> open(const std::filesystem::path& file, int channels);
  ~CaptureReader();
  CaptureReader(CaptureReader&& other) noexcept;
  CaptureReader& operator=(CaptureReader&&) = delete;

  // Whole frames that are there now; one that was cut in the middle is none.
  Result<Frames> length() const;
  // Frames read, fewer than the block's at the end only.
  Result<int> read(FramePosition position, AudioBlock block);

 private:
  CaptureReader(int descriptor, int channels) : descriptor_(descriptor), channels_(channels) {}
  int descriptor_;
  int channels_;
  std::vector<float> interleaved_;
};

// Cuts off what is no whole frame and writes the head with what is known at the end: from then on the file is complete.
Result<void> complete_capture(const std::filesystem::path& file, const media::TakeTags& tags, Frames length);

}  // namespace talkback::recorder
