// A thread that appends to a pack of the segment cache (segment_cache.hpp), so that no render waits for the disk.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace talkback::render {

class PackWriter {
 public:
  PackWriter() = default;
  // Writes what waits.
  ~PackWriter();
  PackWriter(const PackWriter&) = delete;
  PackWriter& operator=(const PackWriter&) = delete;

  // Appends in the order of the calls; those of a call are written together. Waits while too much waits already. After
  // a write that failed nothing more is written.
  void append(int descriptor, std::vector<std::vector<std::byte>> pieces);

  // Until so many bytes are written, of all that were appended. False where a write failed.
  bool wait_for(std::int64_t bytes);
  // Until nothing waits. False where a write failed.
  bool finish();
  bool has_failed();

 private:
  struct Batch {
    int descriptor = -1;
    std::vector<std::vector<std::byte>> pieces;
    std::int64_t bytes = 0;
  };

  void run();

  std::mutex mutex_;
  // Guarded by mutex_.
  std::condition_variable changed_;
  std::deque<Batch> waiting_;
  std::int64_t appended_ = 0;
  std::int64_t written_ = 0;
  bool has_failed_ = false;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace talkback::render
