#include "engine/render/song_run.hpp"

#include <algorithm>

namespace talkback::render {

namespace {

class SongRun {
 public:
  SongRun(graph::Graph& graph, const std::vector<int>& outputs, const SongRunOptions& options,
          const StretchVisitor& visit, const std::function<void()>& beside)
      : graph_(graph), options_(options), visit_(visit), runner_(graph, outputs, options.runner) {
    if (options.cache != nullptr) plan_.emplace(graph, outputs, *options.cache);
    beside_ = [this, &beside] {
      if (beside) beside();
      if (options_.cache != nullptr) options_.cache->flush();
    };
  }

  Result<void> run_segment(const Segment& segment) {
    if (plan_) {
      TALKBACK_ASSIGN(std::vector<EntryTask> tasks, plan_->begin(segment));
      runner_.select(std::move(tasks));
    }
    for (int done = 0; done < segment.frames;) {
      if (options_.stop.stop_requested()) return Error{ErrorCode::unavailable, "The render was cancelled."};
      const int frames = std::min(SegmentRunner::kStretchFrames, segment.frames - done);
      const FramePosition position = segment.begin + Frames{done};
      const bool closes = plan_ && done + frames == segment.frames;
      std::function<void(int)> after;
      if (closes) after = [this](int entry) { plan_->close(entry); };
      TALKBACK_TRY(runner_.run({position, frames, done}, beside_, after));
      TALKBACK_TRY(visit_(runner_, position, frames));
      done += frames;
    }
    return plan_ ? plan_->end(runner_) : Result<void>();
  }

  SongRunReport report() const {
    SongRunReport result;
    if (plan_) result.uses = plan_->uses();
    for (int entry = 0; entry < static_cast<int>(graph_.entries.size()); ++entry) {
      const graph::Node& node = *graph_.entries[static_cast<std::size_t>(entry)].node;
      result.not_finite.push_back(plan_ ? plan_->not_finite(entry) : runner_.not_finite(entry) + node.not_finite());
    }
    return result;
  }

 private:
  graph::Graph& graph_;
  const SongRunOptions& options_;
  const StretchVisitor& visit_;
  std::function<void()> beside_;
  SegmentRunner runner_;
  std::optional<SegmentPlan> plan_;
};

}  // namespace

Result<SongRunReport> run_song(graph::Graph& graph, const std::vector<int>& outputs, Frames length,
                               const SongRunOptions& options, const StretchVisitor& visit,
                               const std::function<void()>& beside) {
  SongRun run(graph, outputs, options, visit, beside);
  Segment segment;
  for (; segment.begin.count < length.count; ++segment.number) {
    segment.frames =
        static_cast<int>(std::min<std::int64_t>(options.runner.settle_frames, length.count - segment.begin.count));
    TALKBACK_TRY(run.run_segment(segment));
    segment.begin += Frames{segment.frames};
  }
  return run.report();
}

}  // namespace talkback::render
