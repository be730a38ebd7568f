// Two renders of a song made comparable by ear: at equal loudness, and what is left when one is taken from the other.
//
// Louder sounds better, whatever else was changed (EBU R 128 gives the measure), so the second is brought to the
// loudness of the first. Renders of one project begin at the same moment and have their latencies compensated: they are
// aligned as they are. Blocking; reads both files twice. [worker-thread]
#pragma once

#include <filesystem>

#include "engine/base/result.hpp"

namespace talkback::mastering {

struct AudibleDiff {
  std::filesystem::path before;      // as given
  std::filesystem::path after;       // at the loudness of `before`
  std::filesystem::path difference;  // `after` there, minus `before`
  // What brought `after` to the loudness of `before`; 0 where one of them is too quiet to be measured.
  double gain_db = 0.0;
  // -infinity where nothing differs.
  double difference_peak_dbfs = 0.0;
};

// Writes "after-matched.wav" and "difference.wav" (32-bit float) into the folder; the shorter sound goes on in silence.
// invalid: the two differ in channels or sample rate.
Result<AudibleDiff> write_audible_diff(const std::filesystem::path& before, const std::filesystem::path& after,
                                       const std::filesystem::path& folder);

}  // namespace talkback::mastering
