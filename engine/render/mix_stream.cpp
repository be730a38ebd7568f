#include "engine/render/mix_stream.hpp"

#include <algorithm>

#include "engine/dsp/control_grid.hpp"

namespace talkback::render {

MixStream::MixStream(std::unique_ptr<graph::Graph> graph, int entry, RunnerOptions runner)
    : graph_(std::move(graph)),
      entry_(entry),
      runner_(std::make_unique<SegmentRunner>(*graph_, std::vector<int>{entry}, runner)) {
  latency_ = graph_->entries[static_cast<std::size_t>(entry)].latency;
}

Result<MixStream> MixStream::create(const session::Session& session, const graph::CompileOptions& options,
                                    media::SourceLibrary& library, MixTap tap, RunnerOptions runner) {
  TALKBACK_ASSIGN(graph::Graph graph, graph::compile(session, options, library));
  auto owned = std::make_unique<graph::Graph>(std::move(graph));
  const int entry = tap == MixTap::mix ? owned->mix.entry : owned->master.entry;
  return MixStream(std::move(owned), entry, runner);
}

void MixStream::locate(FramePosition position) noexcept {
  if (position == position_) return;
  position_ = position;
  if (position >= ready_begin_ && position < ready_end_) return;
  graph_->reset();
  // From a line of the control grid on, as parameters glide between them.
  stream_ = FramePosition{dsp::grid_line_before(position)};
  ready_begin_ = ready_end_ = stream_;
}

Result<void> MixStream::render_ahead() {
  const int frames = runner_->frames_from(stream_);
  const SegmentRunner::Stretch stretch{stream_, frames, 0};
  TALKBACK_TRY(runner_->run({&stretch, 1}));
  const FramePosition begin = stream_ - latency_;
  // What lies before the place that was located is the nodes' filling.
  ready_offset_ = static_cast<int>(std::clamp<std::int64_t>((ready_end_ - begin).count, 0, frames));
  ready_begin_ = begin + Frames{ready_offset_};
  stream_ += Frames{frames};
  ready_end_ = std::max(ready_end_, stream_ - latency_);
  return {};
}

Result<void> MixStream::read(AudioBlock out) {
  TALKBACK_CHECK(out.channel_count() == 2);
  clear(out);
  for (int done = 0; done < out.frame_count();) {
    const std::int64_t left = graph_->length.count - position_.count;
    if (left <= 0) {
      position_ += Frames{out.frame_count() - done};
      return {};
    }
    if (position_ >= ready_end_) {
      TALKBACK_TRY(render_ahead());
      continue;
    }
    const auto frames = static_cast<int>(
        std::min({(ready_end_ - position_).count, left, static_cast<std::int64_t>(out.frame_count() - done)}));
    const int offset = ready_offset_ + static_cast<int>((position_ - ready_begin_).count);
    for (int c = 0; c < 2; ++c) {
      std::ranges::copy(runner_->output(entry_).channel(c).subspan(static_cast<std::size_t>(offset),
                                                                   static_cast<std::size_t>(frames)),
                        out.channel(c).begin() + done);
    }
    position_ += Frames{frames};
    done += frames;
  }
  return {};
}

}  // namespace talkback::render
