// Decoded sound on disk: made once from a source that cannot be read at any place exactly (MP3, Vorbis, Opus), or whose
// rate is not the session's; then read anywhere, exactly, with little memory.
//
// An entry is a header and interleaved 32-bit floats at the wanted rate. Everything in the folder may be
// thrown away. Entries are written beside and renamed, so that two processes may make one entry at the same time.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/media/audio_file.hpp"

namespace talkback::media {

// Part of an entry's name: raise it when decoding or resampling gives other samples.
inline constexpr int kPcmCacheVersion = 1;

// The entry of a source, made if it is missing, damaged or short. key: the SHA-256 of the file's bytes.
// Resampling is soxr's very high quality (linear phase): frame n lands at n * rate / own rate, without delay.
// Fails with corrupt (the source does not decode to its end) or exhausted (disk full).
Result<std::filesystem::path> ensure_decoded(const std::filesystem::path& source, std::string_view key, SampleRate rate,
                                             const std::filesystem::path& cache_folder);

// An entry in memory: pages that the system reads when they are touched.
struct MappedSound {
  std::span<const float> samples;  // interleaved
  int channels = 0;
  Frames length{};
  std::shared_ptr<const void> owner;  // keeps the samples
};
Result<MappedSound> map_decoded(const std::filesystem::path& entry);

// Reads an entry.
Result<std::unique_ptr<SourceReader>> open_decoded(const std::filesystem::path& entry);

}  // namespace talkback::media
