#include "engine/render/song_table.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "engine/render/engine_version.hpp"

namespace talkback::render {

static_assert(std::is_trivially_copyable_v<SegmentRow>);

ContentKey key_of_table(const graph::GraphEntry& entry, const std::vector<Segment>& segments) {
  std::string text = "table";
  text += kEngineVersion;
  graph::append_key(text, entry.key);
  graph::append_key(text, entry.latency_before.count, segments.size());
  if (!segments.empty()) graph::append_key(text, segments.front().frames, segments.back().frames);
  return sha256(text);
}

std::optional<SongTable> load_table(SegmentCache& cache, const graph::GraphEntry& entry,
                                    const std::vector<Segment>& segments) {
  SongTable table(segments.size());
  if (!cache.load_table(key_of_table(entry, segments), std::as_writable_bytes(std::span(table)))) return std::nullopt;
  if (entry.node->memory() != graph::Memory::archived) return table;
  const bool is_whole =
      std::ranges::all_of(table, [&](const SegmentRow& row) { return cache.has_state(row.record.state); });
  return is_whole ? std::optional(std::move(table)) : std::nullopt;
}

void keep_table(SegmentCache& cache, const graph::GraphEntry& entry, const std::vector<Segment>& segments,
                const SongTable& table) {
  const auto bytes = std::as_bytes(std::span(table));
  cache.put_table(key_of_table(entry, segments), {bytes.begin(), bytes.end()});
}

}  // namespace talkback::render
