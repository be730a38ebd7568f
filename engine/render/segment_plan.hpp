// Decides, segment by segment, what is computed and what comes from earlier renders.
//
// A segment of an entry is keyed by the engine's version, its place, what decides about the entry there
// (graph/node.hpp), the keys of its inputs and the state it comes in with. Equal keys, equal sound and equal state at
// the end. So after an edit everything is found that the edit does not reach, and from where a state has converged
// again, the rest as well. Of entries that no edit reached, the tables of the song are taken (song_table.hpp).
//
// A sum of which inputs changed starts from the sum that the session before left, where that is less work
// (sum_base.hpp).
#pragma once

#include <future>
#include <string>
#include <vector>

#include "engine/graph/graph.hpp"
#include "engine/render/segment_cache.hpp"
#include "engine/render/segment_runner.hpp"
#include "engine/render/song_table.hpp"
#include "engine/render/sum_base.hpp"

namespace talkback::render {

// What became of an entry's segments.
struct EntryUse {
  int segments = 0;
  int computed = 0;  // the rest was found
  // Computed although an earlier render did: its sound was not kept, and something new reads it.
  int again = 0;
  // Of a sum: made from the sum before by what changed.
  int adjusted = 0;
};

class SegmentPlan {
 public:
  // outputs: entries whose sound is wanted. segments: all of the song. keeps_sums: also those of a small edit. Graph
  // and cache outlive the plan.
  SegmentPlan(graph::Graph& graph, std::vector<int> outputs, std::vector<Segment> segments, SegmentCache& cache,
              bool keeps_sums);

  // What the runner is to do in the next segment, in order from the first. Nodes are brought into the state that they
  // come in with. Fails with corrupt where the cache is damaged: the render starts anew without it.
  Result<std::vector<EntryTask>> begin(const Segment& segment);

  // [any-thread] Called by the runner for every computed or adjusted entry of the last stretch.
  void close(int entry);

  // Keeps what is new. Fails with corrupt where a node did not come out as the record says.
  Result<void> end(const SegmentRunner& runner);

  // After the last segment: what the next render need not find out.
  void keep_tables();

  // After the last segment.
  SumBase sum_base() const;

  const std::vector<EntryUse>& uses() const noexcept { return uses_; }
  // Of every entry, cached segments included: samples that were no numbers.
  std::int64_t not_finite(int entry) const { return facts_[static_cast<std::size_t>(entry)].not_finite; }

 private:
  struct Facts {
    ContentKey state{};          // that the current segment comes in with
    bool is_state_known = true;  // once it is not, the entry is computed or useless for good
    int live_at = 0;             // the segment that the node itself is ready for; -1: none
    ContentKey key{};            // of the current segment
    bool is_key_known = false;
    std::optional<SegmentCache::Record> record;
    // Known before the first segment, or growing with each as long as keys are known.
    SongTable table;
    bool is_table_known = false;
    int known_at = -1;  // the segment that what is above is true for
    std::vector<std::byte> end_state;
    std::uint64_t sound_check = 0;  // of what is to be kept
    std::int64_t not_finite = 0;
    std::int64_t counted = 0;  // by the runner, before this segment
  };

  bool needs_record(int entry) const;
  void find_tables();
  Facts& know(int entry);
  void find_key(int entry);
  void note_row(Facts& facts, const SegmentCache::Record& record);
  bool is_new(int entry) const;
  void demand(int entry);
  bool adjust(int entry);
  bool is_kept_when_new(int entry) const;
  bool are_sums_kept() const;
  bool load_base(int entry);
  bool load(const ContentKey& key, SegmentSound& sound);
  void load_ahead();
  Result<void> load_state(int entry);
  Result<void> load_archive(int entry, const ContentKey& state);
  void replay(int entry);
  graph::Node& node(int entry) const { return *graph_.entries[static_cast<std::size_t>(entry)].node; }

  graph::Graph& graph_;
  std::vector<int> outputs_;
  std::vector<Segment> segments_;
  SegmentCache& cache_;
  std::vector<bool> wanted_;
  std::vector<int> sum_before_;
  std::vector<bool> is_all_new_;  // of a sum: it has no input in common with the one before
  bool is_edit_small_ = false;    // sum_base.hpp
  bool is_base_worn_ = false;     // a sum of the session before was missing
  std::vector<Facts> facts_;
  std::vector<EntryUse> uses_;
  std::vector<EntryTask> tasks_;
  std::vector<SegmentSound> sounds_;
  std::vector<SegmentSound> bases_;
  // What the next segment is likely to load, as this one did: read while the runner computes.
  struct NextSound {
    ContentKey key{};
    SegmentSound sound = {};
    bool is_loaded = false;
  };
  std::vector<NextSound> next_sounds_;
  Segment segment_;
  std::string key_text_;
  // Uses the cache between begin() and end(), where nobody else does. Waited for before anything above goes.
  std::future<void> ahead_;
};

}  // namespace talkback::render
