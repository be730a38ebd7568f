// Keeps the folder of decoded and stretched sound from growing without end.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace talkback::media {

struct PcmCacheLimits {
  // Some fifty songs' worth of decoded stems.
  std::uint64_t bytes_max = 20ULL << 30;
  // What was opened so lately is being played or rendered, and stays whatever the size.
  std::chrono::seconds in_use = std::chrono::hours(1);
};

// Removes the entries that were opened longest ago until the rest fits. What is open elsewhere goes on being read.
// Other files are left alone; what cannot be removed stays. Any thread, any process.
void trim_pcm_cache(const std::filesystem::path& cache_folder, const PcmCacheLimits& limits = {}) noexcept;

}  // namespace talkback::media
