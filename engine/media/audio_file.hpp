// Audio files as they come from people: what they are, and their samples at their own rate.
//
// WAV (RIFF, RIFX, RF64, W64), AIFF, CAF, FLAC, Ogg Vorbis, Opus, MP3 and what else libsndfile reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/position.hpp"
#include "engine/base/result.hpp"

namespace talkback::media {

// What any recorder or converter writes.
inline constexpr int kFileRateHzMin = 1'000;
inline constexpr int kFileRateHzMax = 768'000;

struct AudioFileInfo {
  std::string format;  // as people say it: "WAV, 24-bit PCM"
  int sample_rate_hz = 0;
  int channels = 0;
  Frames length{};
  // A read after a seek gives the very samples of a read from the start.
  bool seeks_exactly = false;
  std::vector<std::string> warnings;  // "The file is cut short: 329 of 480 frames are there."
};

// Reads the header. Fails with not_found, corrupt (empty, cut off, no audio) or invalid (unsupported).
Result<AudioFileInfo> inspect(const std::filesystem::path& path);

// Frames of sound by position. One reader belongs to one thread at a time.
class SourceReader {
 public:
  virtual ~SourceReader() = default;
  virtual int channels() const noexcept = 0;
  virtual Frames length() const noexcept = 0;

  // Fills the block from `position` on; what lies before the start or after the end is silent. Samples that are not
  // finite become 0. Reads on without a seek where the last read ended. Fails with corrupt or unavailable.
  virtual Result<void> read(FramePosition position, AudioBlock block) = 0;

  // How many samples were not finite in all reads so far.
  virtual std::int64_t not_finite() const noexcept = 0;
};

// The file's own samples at its own rate.
Result<std::unique_ptr<SourceReader>> open_audio_file(const std::filesystem::path& path);

}  // namespace talkback::media
