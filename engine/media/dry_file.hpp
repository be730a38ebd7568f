// Finds out what libsndfile will put around the samples of a file, before the first is known.
//
// A header counts what follows it, so libsndfile writes it for good when the file is closed. Whoever wants to hash a
// file while it is written needs it at once.
#pragma once

#include <sndfile.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace talkback::media {

// The bytes before and after the samples.
struct AroundSamples {
  std::vector<std::byte> head;
  std::vector<std::byte> tail;
};

// Writes a file of so many frames of silence to nowhere. frame_bytes: of one in the file. prepare: sets what belongs
// into its header. Nothing where libsndfile does not take the samples as they are (FLAC), or fails.
std::optional<AroundSamples> around_samples(SF_INFO info, std::int64_t frames, int frame_bytes,
                                            const std::function<void(SNDFILE*)>& prepare);

}  // namespace talkback::media
