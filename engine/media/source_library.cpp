#include "engine/media/source_library.hpp"

namespace talkback::media {

SourceLibrary::SourceLibrary(BlobLookup find_blob, std::filesystem::path cache_folder)
    : find_blob_(std::move(find_blob)), cache_folder_(std::move(cache_folder)) {}

Result<SourceLibrary::Entry> SourceLibrary::entry_of(std::string_view blob_sha256, SampleRate rate) {
  const std::scoped_lock lock(mutex_);
  const std::pair key(std::string(blob_sha256), rate.hz);
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

Result<SourceInfo> SourceLibrary::describe(std::string_view blob_sha256, SampleRate rate) {
  TALKBACK_ASSIGN(const Entry entry, entry_of(blob_sha256, rate));
  return entry.info;
}

Result<std::unique_ptr<SourceReader>> SourceLibrary::open(std::string_view blob_sha256, SampleRate rate) {
  TALKBACK_ASSIGN(const Entry entry, entry_of(blob_sha256, rate));
  return entry.is_decoded ? open_decoded(entry.path) : open_audio_file(entry.path);
}

Result<MappedSound> SourceLibrary::map(std::string_view blob_sha256, SampleRate rate) {
  TALKBACK_ASSIGN(const std::filesystem::path blob, find_blob_(blob_sha256));
  const std::scoped_lock lock(mutex_);
  TALKBACK_ASSIGN(const std::filesystem::path entry, ensure_decoded(blob, blob_sha256, rate, cache_folder_));
  return map_decoded(entry);
}

}  // namespace talkback::media
