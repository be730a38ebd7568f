#include "engine/render/song_run.hpp"

#include <algorithm>
#include <utility>

namespace talkback::render {

namespace {

// What is to run where nothing is known: the outputs, and the meters, which nobody reads.
std::vector<int> with_meters(const graph::Graph& graph, std::vector<int> outputs) {
  for (int entry = 0; entry < graph.entries_of_session; ++entry) {
    if (graph.entries[static_cast<std::size_t>(entry)].keep == graph::Keep::states) outputs.push_back(entry);
  }
  return outputs;
}

class SongRun {
 public:
  SongRun(graph::Graph& graph, const std::vector<int>& outputs, const std::vector<Segment>& segments,
          const SongRunOptions& options, const StretchVisitor& visit)
      : graph_(graph), options_(options), visit_(visit), runner_(graph, with_meters(graph, outputs), options.runner) {
    if (options.cache != nullptr) plan_.emplace(graph, outputs, segments, *options.cache, options.keeps_sums);
  }

  Result<void> run_segment(const Segment& segment) {
    TALKBACK_ASSIGN(std::vector<EntryTask> tasks, plan_->begin(segment));
    runner_.select(std::move(tasks));
    add_stretches(segment);
    TALKBACK_TRY(run_stretches());
    return plan_->end(runner_);
  }

  Result<void> run_segments(const std::vector<Segment>& segments) {
    for (const Segment& segment : segments) {
      if (plan_) {
        TALKBACK_TRY(run_segment(segment));
      } else {
        add_stretches(segment);
      }
    }
    // Without a plan nothing is decided at a segment's end, and no thread has to wait there.
    TALKBACK_TRY(run_stretches());
    if (plan_) plan_->keep_tables();
    return {};
  }

  SongRunReport report() const {
    SongRunReport result;
    if (plan_) {
      result.uses = plan_->uses();
      result.sum_base = plan_->sum_base();
    }
    for (int entry = 0; entry < static_cast<int>(graph_.entries.size()); ++entry) {
      const graph::Node& node = *graph_.entries[static_cast<std::size_t>(entry)].node;
      result.not_finite.push_back(plan_ ? plan_->not_finite(entry) : runner_.not_finite(entry) + node.not_finite());
    }
    return result;
  }

 private:
  void add_stretches(const Segment& segment) {
    for (int done = 0; done < segment.frames;) {
      const int frames = std::min(runner_.stretch_frames(), segment.frames - done);
      stretches_.push_back({segment.begin + Frames{done}, frames, done});
      done += frames;
    }
  }

  Result<void> run_stretches() {
    const std::vector<SegmentRunner::Stretch> stretches = std::exchange(stretches_, {});
    if (stretches.empty()) return {};
    const auto visit = [this](const SegmentRunner::Stretch& stretch) -> Result<void> {
      if (options_.stop.stop_requested()) return Error{ErrorCode::unavailable, "The render was cancelled."};
      return visit_(runner_, stretch.position, stretch.frames);
    };
    const auto close = [this](int entry) {
      if (plan_) plan_->close(entry);
    };
    return runner_.run(stretches, visit, close);
  }

  graph::Graph& graph_;
  const SongRunOptions& options_;
  const StretchVisitor& visit_;
  SegmentRunner runner_;
  std::optional<SegmentPlan> plan_;
  std::vector<SegmentRunner::Stretch> stretches_;
};

}  // namespace

Result<SongRunReport> run_song(graph::Graph& graph, const std::vector<int>& outputs, Frames length,
                               const SongRunOptions& options, const StretchVisitor& visit) {
  std::vector<Segment> segments;
  Segment segment;
  for (; segment.begin.count < length.count; ++segment.number) {
    segment.frames =
        static_cast<int>(std::min<std::int64_t>(options.runner.settle_frames, length.count - segment.begin.count));
    segments.push_back(segment);
    segment.begin += Frames{segment.frames};
  }
  SongRun run(graph, outputs, segments, options, visit);
  TALKBACK_TRY(run.run_segments(segments));
  return run.report();
}

}  // namespace talkback::render
