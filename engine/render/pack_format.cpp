#include "engine/render/pack_format.hpp"

#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/render/engine_version.hpp"
#include "engine/render/segment_cache.hpp"

namespace talkback::render {

namespace {

constexpr std::uint64_t kIndexMagic = 0x5842544b43415058;

// The last bytes of a pack.
struct IndexEnd {
  std::uint64_t offset = 0;  // of the index's header
  std::uint64_t magic = kIndexMagic;
};
static_assert(sizeof(IndexEnd) == 16);

std::uint64_t header_check_of(const PackEntryHeader& header) noexcept {
  const std::uint64_t seed = XXH3_64bits(kEngineVersion.data(), kEngineVersion.size());
  return XXH3_64bits_withSeed(&header, offsetof(PackEntryHeader, header_check), seed);
}

bool is_sound(const PackEntryHeader& header) noexcept {
  return header.magic == PackEntryHeader{}.magic && header.header_check == header_check_of(header);
}

// Records are small, and all of them are wanted.
std::uint64_t bytes_in_index(const PackEntryHeader& header) noexcept {
  return header.kind == PackEntryKind::record ? header.size : 0;
}

template <class Value>
Value value_at(const std::byte* bytes) noexcept {
  Value value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

bool read_by_index(int descriptor, std::int64_t size, const PackReader& reader) {
  constexpr auto kHeaderBytes = static_cast<std::int64_t>(sizeof(PackEntryHeader));
  IndexEnd end;
  if (size < kHeaderBytes + static_cast<std::int64_t>(sizeof end) ||
      !read_all(descriptor, std::as_writable_bytes(std::span(&end, 1)), size - static_cast<std::int64_t>(sizeof end)))
    return false;
  const auto length = static_cast<std::uint64_t>(size - kHeaderBytes);
  if (end.magic != kIndexMagic || end.offset > length) return false;
  const auto begin = static_cast<std::int64_t>(end.offset);
  std::vector<std::byte> bytes(static_cast<std::size_t>(size - begin));
  if (!read_all(descriptor, bytes, begin)) return false;
  const auto index = value_at<PackEntryHeader>(bytes.data());
  const std::span<const std::byte> payload = std::span<const std::byte>(bytes).subspan(sizeof index);
  if (!is_sound(index) || index.kind != PackEntryKind::index || index.size != payload.size() ||
      SegmentCache::check_of(payload) != index.payload_check)
    return false;
  std::span<const std::byte> rest = payload.first(payload.size() - sizeof end);
  for (std::int64_t offset = 0; rest.size() >= sizeof(PackEntryHeader);) {
    const auto header = value_at<PackEntryHeader>(rest.data());
    rest = rest.subspan(sizeof header);
    const std::uint64_t inside = bytes_in_index(header);
    if (inside > rest.size()) break;
    offset += kHeaderBytes;
    reader(header, offset, rest.first(inside));
    rest = rest.subspan(inside);
    offset += static_cast<std::int64_t>(header.size);
  }
  return true;
}

void read_from_beginning(int descriptor, std::int64_t size, const PackReader& reader) {
  constexpr std::size_t kWindowBytes = 1 << 16;
  // Behind a sound, after which the next may follow.
  constexpr std::size_t kFirstBytes = 1 << 12;
  std::vector<std::byte> window;
  std::int64_t window_start = 0;
  const auto at = [&](std::int64_t offset, std::size_t bytes) -> const std::byte* {
    const auto end = offset + static_cast<std::int64_t>(bytes);
    if (end > size) return nullptr;
    if (offset < window_start || end > window_start + static_cast<std::int64_t>(window.size())) {
      const bool is_next = offset <= window_start + static_cast<std::int64_t>(window.size());
      window.resize(static_cast<std::size_t>(
          std::min(size - offset, static_cast<std::int64_t>(std::max(is_next ? kWindowBytes : kFirstBytes, bytes)))));
      window_start = offset;
      if (!read_all(descriptor, window, offset)) return nullptr;
    }
    return window.data() + (offset - window_start);
  };
  for (std::int64_t offset = 0;;) {
    const std::byte* bytes = at(offset, sizeof(PackEntryHeader));
    if (bytes == nullptr) return;
    const auto header = value_at<PackEntryHeader>(bytes);
    if (!is_sound(header)) return;
    offset += static_cast<std::int64_t>(sizeof header);
    if (header.size > static_cast<std::uint64_t>(size - offset)) return;
    std::span<const std::byte> record;
    if (header.kind == PackEntryKind::record) {
      bytes = at(offset, static_cast<std::size_t>(header.size));
      if (bytes == nullptr) return;
      record = {bytes, static_cast<std::size_t>(header.size)};
    }
    if (header.kind != PackEntryKind::record || SegmentCache::check_of(record) == header.payload_check)
      reader(header, offset, record);
    offset += static_cast<std::int64_t>(header.size);
  }
}

}  // namespace

PackEntryHeader pack_entry_header(PackEntryKind kind, const graph::ContentKey& key, std::uint64_t size,
                                  std::uint64_t payload_check) noexcept {
  PackEntryHeader header{.kind = kind, .key = key, .size = size, .payload_check = payload_check};
  header.header_check = header_check_of(header);
  return header;
}

void PackIndex::add(const PackEntryHeader& header, std::span<const std::byte> payload) {
  const auto bytes = std::as_bytes(std::span(&header, 1));
  entries_.insert(entries_.end(), bytes.begin(), bytes.end());
  const auto inside = payload.first(static_cast<std::size_t>(bytes_in_index(header)));
  entries_.insert(entries_.end(), inside.begin(), inside.end());
  is_whole_ = header.kind == PackEntryKind::index;
}

std::vector<std::byte> PackIndex::payload(std::int64_t offset) const {
  std::vector<std::byte> payload;
  payload.reserve(entries_.size() + sizeof(IndexEnd));
  payload.assign(entries_.begin(), entries_.end());
  const IndexEnd end{.offset = static_cast<std::uint64_t>(offset)};
  const auto bytes = std::as_bytes(std::span(&end, 1));
  payload.insert(payload.end(), bytes.begin(), bytes.end());
  return payload;
}

void read_pack(int descriptor, std::int64_t size, const PackReader& reader) {
  if (!read_by_index(descriptor, size, reader)) read_from_beginning(descriptor, size, reader);
}

bool read_all(int descriptor, std::span<std::byte> bytes, std::int64_t offset) noexcept {
  while (!bytes.empty()) {
    const ssize_t got = ::pread(descriptor, bytes.data(), bytes.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += got;
  }
  return true;
}

}  // namespace talkback::render
