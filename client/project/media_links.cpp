#include "client/project/media_links.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "engine/session/media.hpp"

namespace talkback::project {

namespace {

namespace fs = std::filesystem;

constexpr int kThreadsMax = 16;

// A change within one tick of the clock that files are stamped with leaves no trace; the slowest ticks take 10 ms.
constexpr std::chrono::milliseconds kRest{100};

struct Likeness {
  std::string text;
  std::chrono::system_clock::time_point changed;
};

// Whatever changes a file's bytes changes this; the time of the last change of its facts cannot be set by hand.
std::optional<Likeness> likeness_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto changed = std::chrono::seconds(status.st_ctim.tv_sec) + std::chrono::nanoseconds(status.st_ctim.tv_nsec);
  return Likeness{
      fmt::format("{} {} {} {}.{:09} {}.{:09}\n", status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                  status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec),
      std::chrono::system_clock::time_point(changed)};
}

fs::path note_of(const fs::path& link) { return fs::path(link) += ".seen"; }

bool is_as_it_was(const fs::path& link) {
  std::ifstream file(note_of(link), std::ios::binary);
  const std::string noted{std::istreambuf_iterator<char>(file), {}};
  const auto likeness = likeness_of(link);
  return likeness && likeness->text == noted;
}

// likeness: from before its bytes were read, so that what changed meanwhile is seen.
Result<void> make_link(const fs::path& file, const Likeness& likeness, const fs::path& link,
                       std::chrono::system_clock::time_point now) {
  std::error_code failed;
  fs::create_directories(link.parent_path(), failed);
  fs::remove(note_of(link), failed);
  fs::remove(link, failed);
  fs::create_symlink(fs::absolute(file), link, failed);
  if (failed) return Error{ErrorCode::unavailable, "cannot write " + link.string() + ": " + failed.message()};
  if (likeness.changed + kRest > now) return {};
  std::ofstream note(note_of(link), std::ios::binary | std::ios::trunc);
  if (!(note << likeness.text).flush()) return Error{ErrorCode::unavailable, "cannot write " + note_of(link).string()};
  return {};
}

Result<std::vector<fs::path>> files_in(const std::vector<fs::path>& folders) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const fs::path& folder : folders) {
    if (!fs::is_directory(folder, failed)) return Error{ErrorCode::not_found, "there is no folder " + folder.string()};
    for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
      if (entry.is_regular_file(failed)) files.push_back(entry.path());
    }
  }
  return files;
}

class MediaSearch {
 public:
  MediaSearch(std::map<std::string, std::string> missing, std::vector<fs::path> files, const BlobFolder& blobs,
              const LinkOptions& options)
      : missing_(std::move(missing)), files_(std::move(files)), blobs_(blobs), options_(options) {
    std::set<std::string> names;
    for (const auto& [sha256, name] : missing_) names.insert(name);
    std::ranges::stable_partition(files_, [&](const fs::path& file) {
      return names.contains(file.filename().string()) || names.contains(file.stem().string());
    });
    is_over_ = missing_.empty();
  }

  Result<void> run() {
    const int machine = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    const int wanted = std::clamp(options_.threads > 0 ? options_.threads : machine, 1, kThreadsMax);
    std::vector<std::jthread> helpers;
    for (int i = 1; i < std::min(wanted, static_cast<int>(files_.size())); ++i)
      helpers.emplace_back([this] { look(); });
    look();
    helpers.clear();
    return outcome_;
  }

  const std::map<std::string, std::string>& missing() const noexcept { return missing_; }

 private:
  void look() {
    while (!is_over_) {
      const std::size_t number = next_.fetch_add(1);
      if (number >= files_.size()) return;
      const auto likeness = likeness_of(files_[number]);
      const auto digest = sha256_of_file(files_[number]);
      if (likeness && digest) take(files_[number], *likeness, *digest);
    }
  }

  void take(const fs::path& file, const Likeness& likeness, const Sha256Digest& digest) {
    const std::lock_guard lock(mutex_);
    if (missing_.erase(to_hex(digest)) == 0) return;
    outcome_ = make_link(file, likeness, blobs_.path_of(digest), options_.now);
    is_over_ = missing_.empty() || !outcome_;
  }

  std::map<std::string, std::string> missing_;
  std::vector<fs::path> files_;
  const BlobFolder& blobs_;
  const LinkOptions& options_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> is_over_{false};
  std::mutex mutex_;  // of missing_ and outcome_
  Result<void> outcome_;
};

}  // namespace

Result<void> link_media(const session::Session& session, const std::vector<fs::path>& folders, const BlobFolder& blobs,
                        const LinkOptions& options) {
  std::map<std::string, std::string> missing = session::media_of(session);
  std::erase_if(missing, [&](const auto& blob) {
    const auto digest = sha256_from_hex(blob.first);
    if (!digest || !blobs.contains(*digest)) return false;
    const fs::path link = blobs.path_of(*digest);
    return !fs::is_symlink(link) || is_as_it_was(link);
  });
  if (missing.empty()) return {};
  TALKBACK_ASSIGN(std::vector<fs::path> files, files_in(folders));
  MediaSearch search(std::move(missing), std::move(files), blobs, options);
  TALKBACK_TRY(search.run());
  if (search.missing().empty()) return {};
  std::string names;
  for (const auto& [sha256, name] : search.missing()) names += (names.empty() ? "" : ", ") + name;
  return Error{ErrorCode::not_found,
               "these sounds are in none of the folders: " + names + "; name the folder that they lie in with --media"};
}

}  // namespace talkback::project
