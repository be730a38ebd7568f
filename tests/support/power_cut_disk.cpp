#include "tests/support/power_cut_disk.hpp"

#include <algorithm>
#include <new>

#include "engine/base/check.hpp"

namespace talkback::support {
namespace {

// A write is torn at sectors: some of them arrive, in no order.
constexpr std::size_t kSectorBytes = 512;

// What SQLite holds of an open file: ours in front, the real one right behind it.
struct WatchedFile {
  sqlite3_file base;
  PowerCutDisk* disk;
  std::string* path;  // null where the file is not watched

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

WatchedFile& of(sqlite3_file* file) { return *reinterpret_cast<WatchedFile*>(file); }
sqlite3_file* real_of(sqlite3_file* file) { return of(file).real(); }

int close_file(sqlite3_file* file) {
  delete of(file).path;
  return real_of(file)->pMethods->xClose(real_of(file));
}
int read_file(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
  return real_of(file)->pMethods->xRead(real_of(file), into, count, offset);
}
int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
  const int code = real_of(file)->pMethods->xWrite(real_of(file), from, count, offset);
  if (code == SQLITE_OK && of(file).path != nullptr)
    of(file).disk->wrote(*of(file).path, offset,
                         std::string(static_cast<const char*>(from), static_cast<std::size_t>(count)));
  return code;
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  const int code = real_of(file)->pMethods->xTruncate(real_of(file), size);
  if (code == SQLITE_OK && of(file).path != nullptr) of(file).disk->truncated(*of(file).path, size);
  return code;
}
int sync_file(sqlite3_file* file, int) {
  if (of(file).path != nullptr) of(file).disk->synced(*of(file).path);
  return SQLITE_OK;
}
int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  return real_of(file)->pMethods->xFileSize(real_of(file), size);
}
int lock_file(sqlite3_file* file, int kind) { return real_of(file)->pMethods->xLock(real_of(file), kind); }
int unlock_file(sqlite3_file* file, int kind) { return real_of(file)->pMethods->xUnlock(real_of(file), kind); }
int check_lock(sqlite3_file* file, int* held) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), held);
}
int control_file(sqlite3_file* file, int what, void* with) {
  return real_of(file)->pMethods->xFileControl(real_of(file), what, with);
}
int sector_size(sqlite3_file* file) { return real_of(file)->pMethods->xSectorSize(real_of(file)); }
int characteristics(sqlite3_file* file) { return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file)); }
int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** into) {
  return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, into);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}
void barrier_shared(sqlite3_file* file) { real_of(file)->pMethods->xShmBarrier(real_of(file)); }
int unmap_shared(sqlite3_file* file, int remove) { return real_of(file)->pMethods->xShmUnmap(real_of(file), remove); }

// Version 2: no memory-mapped reads and writes, which would pass us by.
const sqlite3_io_methods kMethods{.iVersion = 2,
                                  .xClose = close_file,
                                  .xRead = read_file,
                                  .xWrite = write_file,
                                  .xTruncate = truncate_file,
                                  .xSync = sync_file,
                                  .xFileSize = size_of_file,
                                  .xLock = lock_file,
                                  .xUnlock = unlock_file,
                                  .xCheckReservedLock = check_lock,
                                  .xFileControl = control_file,
                                  .xSectorSize = sector_size,
                                  .xDeviceCharacteristics = characteristics,
                                  .xShmMap = map_shared,
                                  .xShmLock = lock_shared,
                                  .xShmBarrier = barrier_shared,
                                  .xShmUnmap = unmap_shared,
                                  .xFetch = nullptr,
                                  .xUnfetch = nullptr};

PowerCutDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<PowerCutDisk*>(vfs->pAppData); }

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  PowerCutDisk& disk = disk_of(vfs);
  auto& watched = *new (file) WatchedFile{.base = {}, .disk = &disk, .path = nullptr};
  const int code = disk.real().xOpen(&disk.real(), path, watched.real(), flags, flags_out);
  if (watched.real()->pMethods == nullptr) return code;
  watched.base.pMethods = &kMethods;
  if (path != nullptr && disk.is_watched(path)) watched.path = new std::string(path);
  return code;
}
int delete_file(sqlite3_vfs* vfs, const char* path, int) {
  const int code = disk_of(vfs).real().xDelete(&disk_of(vfs).real(), path, 0);
  if (code == SQLITE_OK && disk_of(vfs).is_watched(path)) disk_of(vfs).removed(path);
  return code;
}

}  // namespace

PowerCutDisk::PowerCutDisk(const std::filesystem::path& watched, std::function<void()> at_sync)
    : watched_(std::filesystem::canonical(watched).string() + "/"),
      at_sync_(std::move(at_sync)),
      real_(sqlite3_vfs_find(nullptr)) {
  TALKBACK_CHECK(real_ != nullptr);
  own_ = *real_;
  own_.zName = "power_cut";
  own_.pNext = nullptr;
  own_.pAppData = this;
  own_.szOsFile = static_cast<int>(sizeof(WatchedFile)) + real_->szOsFile;
  own_.xOpen = open_file;
  own_.xDelete = delete_file;
  TALKBACK_CHECK(sqlite3_vfs_register(&own_, 1) == SQLITE_OK);
}

PowerCutDisk::~PowerCutDisk() {
  sqlite3_vfs_unregister(&own_);
  sqlite3_vfs_register(real_, 1);
}

bool PowerCutDisk::is_watched(const std::string& path) const { return path.starts_with(watched_); }

void PowerCutDisk::wrote(const std::string& path, std::int64_t offset, std::string bytes) {
  const std::lock_guard lock(mutex_);
  files_[path].since.push_back({.offset = offset, .bytes = std::move(bytes)});
}

void PowerCutDisk::truncated(const std::string& path, std::int64_t size) {
  const std::lock_guard lock(mutex_);
  files_[path].since.push_back({.offset = size, .bytes = std::nullopt});
}

void PowerCutDisk::synced(const std::string& path) {
  at_sync_();
  if (ignores_syncs_) return;
  const std::lock_guard lock(mutex_);
  File& file = files_[path];
  if (!file.safe) file.safe.emplace();
  for (const Change& change : file.since) apply(*file.safe, change);
  file.since.clear();
}

void PowerCutDisk::removed(const std::string& path) {
  const std::lock_guard lock(mutex_);
  files_.erase(path);
}

PowerCutDisk::Image PowerCutDisk::image(std::mt19937_64& chance) const {
  const std::lock_guard lock(mutex_);
  Image found;
  for (const auto& [path, file] : files_) {
    if (!file.safe && chance() % 2 == 0) continue;
    std::string content = file.safe.value_or("");
    for (const Change& change : file.since) {
      const std::uint64_t fate = chance() % 3;
      if (fate == 0) apply(content, change);
      if (fate == 1) apply_in_part(content, change, chance);
    }
    found[std::filesystem::path(path).filename().string()] = std::move(content);
  }
  return found;
}

void PowerCutDisk::apply(std::string& content, const Change& change) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (!change.bytes) return content.resize(offset, '\0');
  content.resize(std::max(content.size(), offset + change.bytes->size()), '\0');
  content.replace(offset, change.bytes->size(), *change.bytes);
}

void PowerCutDisk::apply_in_part(std::string& content, const Change& change, std::mt19937_64& chance) {
  if (!change.bytes) return;
  for (std::size_t at = 0; at < change.bytes->size(); at += kSectorBytes) {
    if (chance() % 2 == 0) continue;
    apply(content,
          {.offset = change.offset + static_cast<std::int64_t>(at), .bytes = change.bytes->substr(at, kSectorBytes)});
  }
}

}  // namespace talkback::support
