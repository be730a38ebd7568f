// What earlier renders of a project left on the disk, by content key: of segments of entries the state at their end
// (record), states by their hash, and sounds; of entries over a whole song their tables (song_table.hpp).
//
// Every render that has something new adds one pack, a file of checksummed entries; the packs longest out of use go
// when there is no room (EvictionLimit). What is damaged, cut off or of another engine version is as if it were not
// there. One render at a time holds a folder. One thread at a time calls; a thread of its own writes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/graph/content_key.hpp"

namespace talkback::render {

using graph::ContentKey;

class SegmentCache {
 public:
  // The folder is made where it is missing. bytes_max: of all packs together. Fails with unavailable where another
  // render holds it, or it cannot be written.
  static Result<SegmentCache> open(const std::filesystem::path& folder, std::int64_t bytes_max);
  ~SegmentCache();
  SegmentCache(SegmentCache&&) noexcept;
  SegmentCache& operator=(SegmentCache&&) = delete;

  struct Record {
    ContentKey state{};  // at the end of the segment
    std::int64_t not_finite = 0;

    friend bool operator==(const Record&, const Record&) = default;
  };

  std::optional<Record> find_record(const ContentKey& key) const;
  bool has_state(const ContentKey& state) const;
  bool has_sound(const ContentKey& key) const;

  // False where it is missing or damaged; it is forgotten then.
  bool load_state(const ContentKey& state, std::vector<std::byte>& bytes);
  // The size is part of what must be right.
  bool load_sound(const ContentKey& key, std::span<std::byte> bytes);
  bool load_table(const ContentKey& key, std::span<std::byte> bytes);

  // Nothing happens where the key is there already, or there is no room. What was put is found at once.
  void put_record(const ContentKey& key, const Record& record);
  void put_state(const ContentKey& state, std::vector<std::byte> bytes);
  // check: check_of(bytes), which takes a while and may be had on any thread.
  void put_sound(const ContentKey& key, std::vector<std::byte> bytes, std::uint64_t check);
  void put_table(const ContentKey& key, std::vector<std::byte> bytes);

  // By 128 bits (XXH3): there is as much of states as of sound, and nobody chooses them. [any-thread]
  static ContentKey key_of_state(std::span<const std::byte> bytes) noexcept;

  // What tells the bytes from damaged ones. [any-thread]
  static std::uint64_t check_of(std::span<const std::byte> bytes) noexcept;

  // Waits until all is written. A full disk ends the keeping, not the render.
  void flush();

  std::int64_t size_bytes() const;

 private:
  struct State;
  explicit SegmentCache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace talkback::render
