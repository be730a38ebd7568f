// Decoded sound on disk: made once from a source that cannot be read at any place exactly (MP3, Vorbis, Opus), is
// stretched or transposed, or whose
// rate is not the session's; then read anywhere, exactly, with little memory.
//
// An entry is a header and interleaved 32-bit floats at the wanted rate. Everything in the folder may be
// thrown away, and what nobody opened for the longest time is (pcm_cache_size.hpp). Entries are written beside and
// renamed, so that two processes may make one entry at the same time.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/media/audio_file.hpp"
#include "engine/media/mapped_sound.hpp"
#include "engine/media/time_stretch.hpp"

namespace talkback::media {

// Part of an entry's name: raise it when decoding or resampling gives other samples.
inline constexpr int kPcmCacheVersion = 1;

// The entry of a source, made if it is missing, damaged or short. key: the SHA-256 of the file's bytes.
// Resampling is soxr's very high quality (linear phase): frame n lands at n * rate / own rate, without delay.
// Fails with corrupt (the source does not decode to its end) or exhausted (disk full).
Result<std::filesystem::path> ensure_decoded(const std::filesystem::path& source, std::string_view key, SampleRate rate,
                                             const std::filesystem::path& cache_folder);

// Likewise of a source at the session's rate, stretched; takes a second for some eight of stereo. key: as above.
// Fails as stretch_sound() does, or with exhausted.
Result<std::filesystem::path> ensure_stretched(SourceReader& source, std::string_view key, SampleRate rate,
                                               const TimeStretch& stretch, const std::filesystem::path& cache_folder,
                                               const StretchWatch& watch = {});

// Whether that has been done.
bool is_stretched(std::string_view key, SampleRate rate, const TimeStretch& stretch,
                  const std::filesystem::path& cache_folder);

// Reads an entry.
Result<std::unique_ptr<SourceReader>> open_decoded(const std::filesystem::path& entry);

// Where its samples lie. Fails as open_decoded does.
Result<MappedSound::Layout> decoded_layout(const std::filesystem::path& entry);

}  // namespace talkback::media
