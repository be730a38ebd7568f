#include "engine/media/source_library.hpp"

namespace talkback::media {

SourceLibrary::SourceLibrary(BlobLookup find_blob, std::filesystem::path cache_folder)
    : find_blob_(std::move(find_blob)), cache_folder_(std::move(cache_folder)) {}

Result<SourceLibrary::Entry> SourceLibrary::plain_entry_of(std::string_view blob_sha256, SampleRate rate) {
  const Key key(std::string(blob_sha256), rate.hz, TimeStretch{});
  if (const auto found = entries_.find(key); found != entries_.end()) return found->second;
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
  entries_.emplace(key, entry);
  return entry;
}

Result<SourceLibrary::Entry> SourceLibrary::entry_of(std::string_view blob_sha256, SampleRate rate,
                                                     const TimeStretch& stretch) {
  const std::scoped_lock lock(mutex_);
  TALKBACK_ASSIGN(Entry entry, plain_entry_of(blob_sha256, rate));
  if (stretch.changes_nothing()) return entry;
  Key key(std::string(blob_sha256), rate.hz, stretch);
  if (const auto found = entries_.find(key); found != entries_.end()) return found->second;
  TALKBACK_ASSIGN(const auto plain, open_entry(entry));
  TALKBACK_ASSIGN(entry.path, ensure_stretched(*plain, blob_sha256, rate, stretch, cache_folder_));
  entry.is_decoded = true;
  TALKBACK_ASSIGN(const auto reader, open_decoded(entry.path));
  entry.info.length = reader->length();
  entry.info.not_finite = reader->not_finite();
  entries_.emplace(std::move(key), entry);
  return entry;
}

Result<std::unique_ptr<SourceReader>> SourceLibrary::open_entry(const Entry& entry) {
  return entry.is_decoded ? open_decoded(entry.path) : open_audio_file(entry.path);
}

Result<SourceInfo> SourceLibrary::describe(std::string_view blob_sha256, SampleRate rate, const TimeStretch& stretch) {
  TALKBACK_ASSIGN(const Entry entry, entry_of(blob_sha256, rate, stretch));
  return entry.info;
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
