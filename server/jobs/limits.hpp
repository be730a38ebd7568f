// Bounds of one render and of the process that does it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace talkback::jobs {

// Longest message from a worker: one Done with kArtifactsMax artifacts fits.
inline constexpr std::size_t kReportBytesMax = 4 * 1024 * 1024;
inline constexpr int kArtifactsMax = 2000;
inline constexpr int kWarningsMax = 1000;
// Progress to the room, each render.
inline constexpr std::int64_t kProgressIntervalMs = 100;

// Of the worker process.
inline constexpr std::uint64_t kWorkerFileBytesMax = std::uint64_t{32} << 30;
inline constexpr std::uint64_t kWorkerAddressBytesMax = std::uint64_t{64} << 30;
inline constexpr std::uint64_t kWorkerFilesMax = 4096;
inline constexpr std::uint64_t kWorkerCpuSecondsMax = 12 * 3600;

}  // namespace talkback::jobs
