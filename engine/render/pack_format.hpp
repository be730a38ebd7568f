// The layout of a pack of the render cache (segment_cache.hpp): entries one after the other, a header and its payload.
//
// A pack that was finished ends with an index, which is an entry too: the headers of all entries before it, with the
// payloads of records, so that a cache is opened without a look at its states and sounds. Behind a pack whose writer
// was killed there is none; it is read from its beginning, up to the first header that is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/graph/content_key.hpp"

namespace talkback::render {

enum class PackEntryKind : std::uint32_t { record, state, sound, table, index };

struct PackEntryHeader {
  std::uint32_t magic = 0x54425347;  // also tells the byte order
  PackEntryKind kind = PackEntryKind::record;
  graph::ContentKey key{};
  std::uint64_t size = 0;
  std::uint64_t payload_check = 0;  // SegmentCache::check_of
  std::uint64_t header_check = 0;   // of everything above, and the engine's version
};
static_assert(sizeof(PackEntryHeader) == 64);

// With its header_check.
PackEntryHeader pack_entry_header(PackEntryKind kind, const graph::ContentKey& key, std::uint64_t size,
                                  std::uint64_t payload_check) noexcept;

// Collects the index of a pack while it is being written.
class PackIndex {
 public:
  // payload: of the entry, which follows the one added before, be that an index.
  void add(const PackEntryHeader& header, std::span<const std::byte> payload);
  // The last entry is an index.
  bool is_whole() const noexcept { return is_whole_; }
  // Of an index of all that was added, whose header is to stand at `offset`, as the last of the pack.
  std::vector<std::byte> payload(std::int64_t offset) const;

 private:
  std::vector<std::byte> entries_;
  bool is_whole_ = true;
};

// Told of every entry that can be trusted to be there: where its payload lies, and of a record also what that is.
using PackReader =
    std::function<void(const PackEntryHeader& header, std::int64_t offset, std::span<const std::byte> record)>;

// Reads a pack of `size` bytes. Payloads are not compared with their check, but those of records. [any-thread]
void read_pack(int descriptor, std::int64_t size, const PackReader& reader);

// All of the bytes at an offset of a file; false where they are not there. [any-thread]
bool read_all(int descriptor, std::span<std::byte> bytes, std::int64_t offset) noexcept;

}  // namespace talkback::render
