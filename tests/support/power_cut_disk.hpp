// A disk under SQLite that forgets: what was not synced when the power is cut is there, gone, or there in part.
//
// While it lives it is SQLite's default VFS. Files go through to the real file system, so that a running database works
// as ever; beside that the disk keeps, for every file in the watched folder, what is safe and what was written since.
// image() makes up what a machine would find after a power cut at this moment. Any number of cuts may be tried in one
// run. Real syncs are left out: only the kept state counts. [any-thread]
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace talkback::support {

class PowerCutDisk {
 public:
  // at_sync is called on the thread that syncs, before what it syncs is safe.
  PowerCutDisk(const std::filesystem::path& watched, std::function<void()> at_sync);
  ~PowerCutDisk();
  PowerCutDisk(const PowerCutDisk&) = delete;
  PowerCutDisk& operator=(const PowerCutDisk&) = delete;

  // From now on nothing becomes safe: a disk that lies.
  void ignore_syncs() { ignores_syncs_ = true; }

  // File name -> content.
  using Image = std::map<std::string, std::string>;
  Image image(std::mt19937_64& chance) const;

  // For the functions that SQLite calls.
  sqlite3_vfs& real() const { return *real_; }
  bool is_watched(const std::string& path) const;
  void wrote(const std::string& path, std::int64_t offset, std::string bytes);
  void truncated(const std::string& path, std::int64_t size);
  void synced(const std::string& path);
  void removed(const std::string& path);

 private:
  struct Change {
    std::int64_t offset = 0;
    // nullopt: cut off at the offset.
    std::optional<std::string> bytes;
  };
  struct File {
    // nullopt: not even its name is on the disk.
    std::optional<std::string> safe;
    std::vector<Change> since;
  };

  static void apply(std::string& content, const Change& change);
  static void apply_in_part(std::string& content, const Change& change, std::mt19937_64& chance);

  std::string watched_;
  std::function<void()> at_sync_;
  bool ignores_syncs_ = false;
  sqlite3_vfs* real_;
  sqlite3_vfs own_{};
  mutable std::mutex mutex_;
  std::map<std::string, File> files_;
};

}  // namespace talkback::support
