// The data folder of one server: where everything lies, and the lock that keeps a second process out.
//
//   talkback.sqlite   people, projects, history        blobs/     sound, by hash
//   lock              held while a process uses it     uploads/   sound on its way
//   renders/          folders of running renders       cache/     can be thrown away
#pragma once

#include <filesystem>

#include "engine/base/result.hpp"

namespace talkback::ops {

class DataFolder {
 public:
  // Creates the folder where it is missing and takes the lock, for as long as the object lives.
  // conflict: another process has it.
  static Result<DataFolder> open(const std::filesystem::path& root);
  ~DataFolder();
  DataFolder(DataFolder&& other) noexcept;
  DataFolder& operator=(DataFolder&&) = delete;

  std::filesystem::path database() const { return root_ / "talkback.sqlite"; }
  std::filesystem::path blobs() const { return root_ / "blobs"; }
  std::filesystem::path uploads() const { return root_ / "uploads"; }
  std::filesystem::path renders() const { return root_ / "renders"; }
  std::filesystem::path cache() const { return root_ / "cache"; }

 private:
  DataFolder(std::filesystem::path root, int lock) : root_(std::move(root)), lock_(lock) {}

  std::filesystem::path root_;
  int lock_;
};

}  // namespace talkback::ops
