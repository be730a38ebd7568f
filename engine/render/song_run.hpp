// A graph run over the whole song, with what earlier renders left where there is a cache.
//
// The samples are the same with a cache, without one and with a damaged one, which is thrown away.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "engine/render/segment_plan.hpp"

namespace talkback::render {

struct SongRunOptions {
  // Segments are as long as memories take to settle: an edit costs the segments that it touches.
  RunnerOptions runner;
  SegmentCache* cache = nullptr;
  // Keep the sums that an edit makes, however small it is (sum_base.hpp).
  bool keeps_sums = false;
  std::stop_token stop;
};

struct SongRunReport {
  std::vector<EntryUse> uses;            // by entry; empty without a cache
  std::vector<std::int64_t> not_finite;  // by entry
  SumBase sum_base = SumBase::leave;     // what the session is to the renders that follow
};

// Called in order with what the outputs gave, on any thread, while the run goes on; position: of the stream. It ends
// the run where it fails.
using StretchVisitor = std::function<Result<void>(const SegmentRunner& runner, FramePosition position, int frames)>;

// length: of the stream, latency included. Fails as nodes and the visitor do, with unavailable when stopped, and with
// corrupt where the cache is: then reset the graph and run without.
Result<SongRunReport> run_song(graph::Graph& graph, const std::vector<int>& outputs, Frames length,
                               const SongRunOptions& options, const StretchVisitor& visit);

}  // namespace talkback::render
