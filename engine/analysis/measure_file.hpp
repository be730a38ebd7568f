// The loudness of a whole file.
#pragma once

#include <filesystem>

#include "engine/analysis/loudness.hpp"
#include "engine/media/audio_file.hpp"

namespace talkback::analysis {

struct FileMeasure {
  media::AudioFileInfo file;
  Loudness loudness;
  std::int64_t not_finite = 0;  // samples that were no numbers and counted as silence
};

// Reads the file in order. Fails as inspect() does, with invalid as LoudnessMeter::create() does, and with corrupt
// where the sound ends early.
Result<FileMeasure> measure_file(const std::filesystem::path& path);

}  // namespace talkback::analysis
