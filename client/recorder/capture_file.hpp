// What is being recorded, on the disk while it is being played: a journal that survives the program.
//
// A header (kCaptureMagic, rate, channels as 32-bit little-endian), then interleaved 32-bit floats, nothing else: any
// length is valid, so a file that was cut off anywhere holds all frames before the cut. append() hands them to the
// system at once and sync() makes them survive a power cut.
#pragma once

#include <filesystem>

#include "engine/base/audio_block.hpp"
#include "engine/base/position.hpp"
#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::recorder {

class CaptureFile {
 public:
  // Fails with `unavailable` or `exhausted` (disk full).
  static Result<CaptureFile> create(const std::filesystem::path& file, SampleRate rate, int channels);
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
};

struct Capture {
  SampleRate rate{};
  int channels = 0;
  Frames length{};
};

// Provenance for the file's bext chunk.
struct CaptureOrigin {
  std::string description;
  std::string date;  // "2026-01-31"
  std::string time;  // "18:30:00"
  FramePosition song_position{};
};

// Turns a capture, complete or cut off, into a 32-bit float broadcast WAV; the samples stay as they are.
// Fails with `corrupt` where the file is no capture.
Result<Capture> write_wav(const std::filesystem::path& capture, const std::filesystem::path& wav,
                          const CaptureOrigin& origin);

}  // namespace talkback::recorder
