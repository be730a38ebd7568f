// A programme brought to a loudness under a true-peak ceiling, in two or more passes over a file.
//
// gain = target - measured loudness, then a look-ahead limiter (effects/limiter.hpp). Where the limiter takes loudness
// away, the gain is raised by the loudness that is missing, until the result is within kToleranceLu or more gain
// no longer helps. Deterministic: the same file and settings give the same bytes.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/analysis/loudness.hpp"
#include "engine/media/audio_writer.hpp"

namespace talkback::mastering {

inline constexpr double kToleranceLu = 0.1;

struct LoudnessTarget {
  double integrated_lufs = -14.0;
  double ceiling_dbtp = -1.0;
};

struct MasteredFile {
  analysis::Loudness loudness;  // of what was written
  double gain_db = 0.0;         // before the limiter
  std::vector<std::string> warnings;
};

struct MasteringJob {
  std::filesystem::path input;  // two channels
  // Of the input, where it is known: saves a pass.
  std::optional<analysis::Loudness> measured;
  std::filesystem::path output;
  media::WriterOptions writer;  // rate, channels and length are the input's
  LoudnessTarget target;
  // 0 to 1.
  std::function<void(double)> progress;
  std::stop_token stop;
};

// Fails as reading and writing do, and with unavailable when stopped.
Result<MasteredFile> master_to_target(const MasteringJob& job);

}  // namespace talkback::mastering
