// The sources of a session, by the hash of their bytes, at the session's rate.
//
// PCM and FLAC at that rate are read where they lie; everything else, and what is stretched, goes once through the PCM
// cache. Any thread may call; the readers belong to their callers.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "engine/media/audio_file.hpp"
#include "engine/media/mapped_sound.hpp"
#include "engine/media/pcm_cache.hpp"

namespace talkback::media {

// Where the bytes with this SHA-256 (lower-case hexadecimal) lie; not_found where they are missing.
using BlobLookup = std::function<Result<std::filesystem::path>(std::string_view blob_sha256)>;

struct SourceInfo {
  int channels = 0;
  int own_rate_hz = 0;
  Frames length{};  // at the session's rate, stretched
  // Samples that were no numbers and became silence when the sound was decoded into the cache. What is read where it
  // lies is counted by its reader.
  std::int64_t not_finite = 0;
};

class SourceLibrary {
 public:
  // cache_folder is made when it is needed.
  SourceLibrary(BlobLookup find_blob, std::filesystem::path cache_folder);

  // Decodes and stretches where that is needed, which takes time. Fails as the lookup, inspect(), ensure_decoded() and
  // ensure_stretched() do.
  Result<SourceInfo> describe(std::string_view blob_sha256, SampleRate rate, const TimeStretch& stretch = {},
                              const StretchWatch& watch = {});

  // Whether describe() will take time for stretching.
  bool needs_stretching(std::string_view blob_sha256, SampleRate rate, const TimeStretch& stretch);

  Result<std::unique_ptr<SourceReader>> open(std::string_view blob_sha256, SampleRate rate,
                                             const TimeStretch& stretch = {});

  // The same samples in mapped memory, for the audio thread. WAVs are mapped where they lie; anything else is decoded
  // into the cache, also where open() reads it as it is (FLAC). Maps of one sound that live at a time are one.
  Result<std::shared_ptr<const MappedSound>> map(std::string_view blob_sha256, SampleRate rate,
                                                 const TimeStretch& stretch = {});

  // As map(), but always as floats, through the PCM cache.
  Result<std::shared_ptr<const MappedSound>> map_decoded(std::string_view blob_sha256, SampleRate rate);

  Result<std::filesystem::path> find_blob(std::string_view blob_sha256) const { return find_blob_(blob_sha256); }

 private:
  struct Entry {
    SourceInfo info;
    std::filesystem::path path;
    bool is_decoded = false;
  };
  using Key = std::tuple<std::string, int, TimeStretch>;

  std::optional<Entry> known(const Key& key);
  void remember(const Key& key, const Entry& entry);
  Result<Entry> plain_entry_of(std::string_view blob_sha256, SampleRate rate);

  Result<Entry> entry_of(std::string_view blob_sha256, SampleRate rate, const TimeStretch& stretch,
                         const StretchWatch& watch = {});
  static Result<std::unique_ptr<SourceReader>> open_entry(const Entry& entry);

  BlobLookup find_blob_;
  std::filesystem::path cache_folder_;
  std::mutex mutex_;
  std::map<Key, Entry> entries_;
  std::map<Key, std::weak_ptr<const MappedSound>> maps_;
};

}  // namespace talkback::media
