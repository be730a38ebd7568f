#include "tests/fuzz/chunks.hpp"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>

namespace talkback::fuzz {

std::vector<Chunk> chunks_of(const std::uint8_t* data, std::size_t size) {
  // Protobuf says a line on stderr for every text that is not UTF-8.
  static auto* const kBefore = google::protobuf::SetLogHandler(nullptr);
  static_cast<void>(kBefore);
  std::vector<Chunk> chunks;
  for (std::size_t at = 0; at + 3 <= size;) {
    const std::size_t length = data[at + 1] + std::size_t{256} * data[at + 2];
    const std::size_t end = std::min(size, at + 3 + length);
    chunks.push_back({.what = data[at], .bytes = std::string(data + at + 3, data + end)});
    at = end;
  }
  return chunks;
}

std::string bytes_of(const std::vector<Chunk>& chunks) {
  std::string bytes;
  for (const Chunk& chunk : chunks) {
    const std::size_t length = std::min<std::size_t>(chunk.bytes.size(), 65'535);
    bytes += static_cast<char>(chunk.what);
    bytes += static_cast<char>(length & 255);
    bytes += static_cast<char>(length >> 8);
    bytes.append(chunk.bytes, 0, length);
  }
  return bytes;
}

}  // namespace talkback::fuzz
