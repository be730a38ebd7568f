// What is known of an entry over a whole song: the key and the record of each of its segments.
//
// It is kept by the entry's own key (graph.hpp), so that a render after an edit neither describes nor hashes again what
// the edit does not reach.
#pragma once

#include <optional>
#include <vector>

#include "engine/graph/graph.hpp"
#include "engine/render/segment_cache.hpp"

namespace talkback::render {

struct Segment {
  int number = 0;
  FramePosition begin;  // in the stream
  int frames = 0;
};

struct SegmentRow {
  ContentKey key{};
  // Of entries without memory that have inputs it says nothing.
  SegmentCache::Record record;
};

// One row a segment, in order.
using SongTable = std::vector<SegmentRow>;

// segments: all of the song.
ContentKey key_of_table(const graph::GraphEntry& entry, const std::vector<Segment>& segments);

// nullopt where there is none, it is damaged, or states that it promises are gone.
std::optional<SongTable> load_table(SegmentCache& cache, const graph::GraphEntry& entry,
                                    const std::vector<Segment>& segments);

void keep_table(SegmentCache& cache, const graph::GraphEntry& entry, const std::vector<Segment>& segments,
                const SongTable& table);

}  // namespace talkback::render
