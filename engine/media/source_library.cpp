#include "engine/media/source_library.hpp"

namespace talkback::media {

SourceLibrary::SourceLibrary(BlobLookup find_blob, std::filesystem::path cache_folder)
    : find_blob_(std::move(find_blob)), cache_folder_(std::move(cache_folder)) {}

std::optional<SourceLibrary::Entry> SourceLibrary::known(const Key& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  return found != entries_.end() ? std::optional(found->second) : std::nullopt;
}

void SourceLibrary::remember(const Key& key, const Entry& entry) {
  const std::scoped_lock lock(mutex_);
  entries_.emplace(key, entry);
}

// Without the lock while a sound is made, so that others are made meanwhile. Two who make the same one do it twice.
Result<SourceLibrary::Entry> SourceLibrary::plain_entry_of(std::string_view blob_sha256, SampleRate rate) {
  const Key key(std::string(blob_sha256), rate.hz, TimeStretch{});
  if (auto entry = known(key)) return *entry;
  TALKBACK_ASSIGN(const std::filesystem::path blob, find_blob_(blob_sha256));
  TALKBACK_ASSIGN(const AudioFileInfo file, inspect(blob));
  Entry entry;
  entry.info = {.channels = file.channels, .own_rate_hz = file.sample_rate_hz, .length = file.length};
  entry.path = blob;
  if (!file.seeks_exactly || file.sample_rate_hz != rate.hz) {
    TALKBACK_ASSIGN(entry.path, ensure_decoded(blob, blob_sha256, rate, cache_folder_));
    entry.is_decoded = true;
    TALKBACK_ASSIGN(const auto reader, open_decoded(entry.path));
    entry.info.length = reader->length();
    entry.info.not_finite = reader->not_finite();
  }
  remember(key, entry);
  return entry;
}

Result<SourceLibrary::Entry> SourceLibrary::entry_of(std::string_view blob_sha256, SampleRate rate,
                                                     const TimeStretch& stretch, const StretchWatch& watch) {
  TALKBACK_ASSIGN(Entry entry, plain_entry_of(blob_sha256, rate));
  if (stretch.changes_nothing()) return entry;
  const Key key(std::string(blob_sha256), rate.hz, stretch);
  if (auto made = known(key)) return *made;
  TALKBACK_ASSIGN(const auto plain, open_entry(entry));
  TALKBACK_ASSIGN(entry.path, ensure_stretched(*plain, blob_sha256, rate, stretch, cache_folder_, watch));
  entry.is_decoded = true;
  TALKBACK_ASSIGN(const auto reader, open_decoded(entry.path));
  entry.info.length = reader->length();
  entry.info.not_finite = reader->not_finite();
  remember(key, entry);
  return entry;
}

Result<std::unique_ptr<SourceReader>> SourceLibrary::open_entry(const Entry& entry) {
  return entry.is_decoded ? open_decoded(entry.path) : open_audio_file(entry.path);
}

Result<SourceInfo> SourceLibrary::describe(std::string_view blob_sha256, SampleRate rate, const TimeStretch& stretch,
                                           const StretchWatch& watch) {
  TALKBACK_ASSIGN(const Entry entry, entry_of(blob_sha256, rate, stretch, watch));
  return entry.info;
}

bool SourceLibrary::needs_stretching(std::string_view blob_sha256, SampleRate rate, const TimeStretch& stretch) {
  if (stretch.changes_nothing() || known({std::string(blob_sha256), rate.hz, stretch})) return false;
  return !is_stretched(blob_sha256, rate, stretch, cache_folder_);
}

Result<std::unique_ptr<SourceReader>> SourceLibrary::open(std::string_view blob_sha256, SampleRate rate,
                                                          const TimeStretch& stretch) {
  TALKBACK_ASSIGN(const Entry entry, entry_of(blob_sha256, rate, stretch));
  return open_entry(entry);
}

Result<std::shared_ptr<const MappedSound>> SourceLibrary::map(std::string_view blob_sha256, SampleRate rate,
                                                              const TimeStretch& stretch) {
  const Key key(std::string(blob_sha256), rate.hz, stretch);
  {
    const std::scoped_lock lock(mutex_);
    if (auto known = maps_[key].lock()) return known;
  }
  TALKBACK_ASSIGN(const Entry entry, entry_of(blob_sha256, rate, stretch));
  MappedSound::Layout layout;
  std::filesystem::path path = entry.path;
  if (!entry.is_decoded) {
    TALKBACK_ASSIGN(layout, wave_layout(path));
    if (layout.length.count == 0) {
      TALKBACK_ASSIGN(path, ensure_decoded(entry.path, blob_sha256, rate, cache_folder_));
    }
  }
  if (layout.length.count == 0) {
    TALKBACK_ASSIGN(layout, decoded_layout(path));
  }
  TALKBACK_ASSIGN(auto map, MappedSound::map(path, layout));
  const std::scoped_lock lock(mutex_);
  maps_[key] = map;
  return map;
}

Result<std::shared_ptr<const MappedSound>> SourceLibrary::map_decoded(std::string_view blob_sha256, SampleRate rate) {
  TALKBACK_ASSIGN(const Entry entry, entry_of(blob_sha256, rate, {}));
  std::filesystem::path path = entry.path;
  if (!entry.is_decoded) {
    TALKBACK_ASSIGN(path, ensure_decoded(entry.path, blob_sha256, rate, cache_folder_));
  }
  TALKBACK_ASSIGN(const MappedSound::Layout layout, decoded_layout(path));
  return MappedSound::map(path, layout);
}

}  // namespace talkback::media
