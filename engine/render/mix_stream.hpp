// A session's sound, pulled from any place: for players, which read ahead on a thread of their own.
//
// The same nodes as a render's; reading the whole session from 0 gives the samples of the rendered mix or master
// (the master before its loudness target). After locate(), what has memory (rooms, echoes, limiters) starts from
// silence. Reads files: not for the audio thread. One thread at a time.
#pragma once

#include <memory>

#include "engine/graph/compile.hpp"
#include "engine/render/segment_runner.hpp"

namespace talkback::render {

enum class MixTap { mix, master };

class MixStream {
 public:
  // library: outlives the stream. Fails as graph::compile does.
  static Result<MixStream> create(const session::Session& session, const graph::CompileOptions& options,
                                  media::SourceLibrary& library, MixTap tap = MixTap::master,
                                  RunnerOptions runner = {});

  // Fills both channels and moves on; silent after length(). Fails where a source cannot be read.
  Result<void> read(AudioBlock out);

  // The next read starts here.
  void locate(FramePosition position) noexcept;
  FramePosition position() const noexcept { return position_; }

  // To the end of the last clip, and the session's tail.
  Frames length() const noexcept { return graph_->length; }
  SampleRate rate() const noexcept { return graph_->rate; }

 private:
  MixStream(std::unique_ptr<graph::Graph> graph, int entry, RunnerOptions runner);

  Result<void> render_ahead();

  std::unique_ptr<graph::Graph> graph_;
  int entry_;
  std::unique_ptr<SegmentRunner> runner_;
  Frames latency_{};
  FramePosition position_{};
  // Song frames [ready_begin_, ready_end_) lie in the runner's output, from ready_offset_ on.
  FramePosition ready_begin_{};
  FramePosition ready_end_{};
  int ready_offset_ = 0;
  // Of the next segment.
  FramePosition stream_{};
};

}  // namespace talkback::render
