// What becomes of blobs that nothing refers to any more.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include "server/storage/blobs/folder_blob_store.hpp"

namespace talkback::storage {

namespace fs = std::filesystem;

namespace {

// In one transaction, their names held meanwhile.
constexpr std::size_t kStruckAtOnceMax = 64;

constexpr std::int64_t kMsPerSecond = 1000;
constexpr std::int64_t kNsPerMs = 1'000'000;

std::optional<std::int64_t> touched_unix_ms(const fs::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return std::nullopt;
  return std::int64_t{found.st_mtim.tv_sec} * kMsPerSecond + found.st_mtim.tv_nsec / kNsPerMs;
}

// Blobs, and copies that a crash left beside them.
struct Stray {
  fs::path file;
  std::optional<Sha256Digest> sha256;
};

Result<std::vector<Stray>> files_without_row(const fs::path& root, const std::vector<Sha256Digest>& known) {
  std::vector<Stray> strays;
  try {
    for (const auto& folder : fs::directory_iterator(root)) {
      if (!folder.is_directory()) continue;
      for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        const auto sha256 = sha256_from_hex(name);
        if (sha256 ? std::ranges::binary_search(known, *sha256) : name.find(".part") == std::string::npos) continue;
        strays.push_back({.file = entry.path(), .sha256 = sha256});
      }
    }
  } catch (const fs::filesystem_error& failure) {
    return file_error(failure.code().value(), "read the folder of blobs");
  }
  return strays;
}

}  // namespace

Result<void> FolderBlobStore::name(const fs::path& file, const NameClaims<Sha256Digest>::Held& name) {
  TALKBACK_TRY(
      blobs_.adopt(file, name.name(), is_prepared_ ? BlobFolder::Folders::prepared : BlobFolder::Folders::unknown));
  const std::int64_t now = clock_.now_unix_ms();
  const timespec touched{.tv_sec = now / kMsPerSecond, .tv_nsec = now % kMsPerSecond * kNsPerMs};
  const timespec times[] = {touched, touched};
  if (::utimensat(AT_FDCWD, blobs_.path_of(name.name()).c_str(), times, 0) != 0)
    return file_error(errno, "touch a blob");
  return {};
}

bool FolderBlobStore::was_touched_since(const Sha256Digest& sha256, std::int64_t unix_ms) const {
  const auto touched = touched_unix_ms(blobs_.path_of(sha256));
  return touched && *touched > unix_ms;
}

Result<FolderBlobStore::Collected> FolderBlobStore::collect(const Collecting& how) {
  Collected collected;
  TALKBACK_TRY(collect_rows(how, collected));
  TALKBACK_TRY(collect_strays(how, collected));
  return collected;
}

Result<void> FolderBlobStore::collect_rows(const Collecting& how, Collected& collected) {
  const std::int64_t now = clock_.now_unix_ms();
  const std::int64_t due = now - how.grace_ms;
  TALKBACK_ASSIGN(std::vector<UnreferencedBlob> found, unreferenced_.list());
  if (!how.is_trial && std::ranges::any_of(found, [](const auto& blob) { return blob.since_unix_ms == 0; }))
    TALKBACK_TRY(unreferenced_.note(found, now));
  std::vector<UnreferencedBlob> ripe;
  for (UnreferencedBlob& blob : found) {
    if (blob.since_unix_ms == 0) blob.since_unix_ms = now;
    const bool is_ripe = blob.since_unix_ms <= due && !was_touched_since(blob.sha256, due);
    (is_ripe ? ripe : collected.waiting).push_back(blob);
  }
  if (how.is_trial) {
    collected.gone = std::move(ripe);
    return {};
  }
  for (std::size_t at = 0; at < ripe.size(); at += kStruckAtOnceMax) {
    const auto some = std::span(ripe).subspan(at, std::min(kStruckAtOnceMax, ripe.size() - at));
    std::vector<NameClaims<Sha256Digest>::Held> held;
    std::vector<Sha256Digest> names;
    for (const UnreferencedBlob& blob : some) {
      auto claimed = names_.try_take(blob.sha256);
      // Once more, now that nobody can touch it.
      if (!claimed || was_touched_since(blob.sha256, due)) continue;
      names.push_back(blob.sha256);
      held.push_back(*std::move(claimed));
    }
    if (names.empty()) continue;
    TALKBACK_ASSIGN(const std::vector<Sha256Digest> struck, unreferenced_.strike(names, due));
    for (const Sha256Digest& sha256 : struck) {
      std::error_code failed;
      fs::remove(blobs_.path_of(sha256), failed);
      // A file that stays is a stray from now on.
    }
    for (const UnreferencedBlob& blob : some)
      if (std::ranges::find(struck, blob.sha256) != struck.end()) collected.gone.push_back(blob);
  }
  return {};
}

Result<void> FolderBlobStore::collect_strays(const Collecting& how, Collected& collected) {
  const std::int64_t due = clock_.now_unix_ms() - how.grace_ms;
  TALKBACK_ASSIGN(const std::vector<Sha256Digest> known, table_.list_all());
  TALKBACK_ASSIGN(const std::vector<Stray> strays, files_without_row(blobs_.root(), known));
  for (const Stray& stray : strays) {
    const auto claimed = stray.sha256 ? names_.try_take(*stray.sha256) : std::nullopt;
    if (stray.sha256) {
      if (!claimed) continue;
      // Its row may have come since the names were read.
      TALKBACK_ASSIGN(const bool is_unknown, unreferenced_.is_unknown(*stray.sha256));
      if (!is_unknown) continue;
    }
    const auto touched = touched_unix_ms(stray.file);
    if (!touched) continue;
    std::error_code failed;
    const auto size = static_cast<std::int64_t>(fs::file_size(stray.file, failed));
    const UnreferencedBlob blob{
        .sha256 = stray.sha256.value_or(Sha256Digest{}), .size_bytes = failed ? 0 : size, .since_unix_ms = *touched};
    if (*touched > due) {
      collected.waiting.push_back(blob);
      continue;
    }
    if (!how.is_trial && !fs::remove(stray.file, failed)) continue;
    collected.gone.push_back(blob);
  }
  return {};
}

}  // namespace talkback::storage
