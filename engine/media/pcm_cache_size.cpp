#include "engine/media/pcm_cache_size.hpp"

#include <algorithm>
#include <vector>

namespace talkback::media {

void trim_pcm_cache(const std::filesystem::path& cache_folder, const PcmCacheLimits& limits) noexcept {
  struct Found {
    std::filesystem::path path;
    std::filesystem::file_time_type opened;
    std::uint64_t bytes = 0;
  };
  std::vector<Found> entries;
  std::uint64_t total = 0;
  std::error_code code;
  for (std::filesystem::directory_iterator each(cache_folder, code), end; !code && each != end; each.increment(code)) {
    if (each->path().extension() != ".pcm") continue;
    std::error_code gone;
    Found found{each->path(), each->last_write_time(gone), gone ? 0 : each->file_size(gone)};
    if (gone) continue;
    total += found.bytes;
    entries.push_back(std::move(found));
  }
  if (total <= limits.bytes_max) return;
  std::ranges::sort(entries, {}, &Found::opened);
  const auto in_use_since = std::filesystem::file_time_type::clock::now() - limits.in_use;
  for (const Found& entry : entries) {
    if (total <= limits.bytes_max || entry.opened > in_use_since) return;
    if (std::filesystem::remove(entry.path, code)) total -= entry.bytes;
  }
}

}  // namespace talkback::media
