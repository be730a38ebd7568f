// Computes a graph segment by segment, tracks in parallel.
//
// Within a segment an entry runs when its inputs have run, on whichever thread is free; sums add in the order of their
// inputs. So neither threads nor block sizes change a sample. Denormals are off while entries run.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/result.hpp"
#include "engine/graph/graph.hpp"

namespace talkback::render {

struct RunnerOptions {
  int threads = 1;          // 0: as many as the machine has
  int block_frames = 2048;  // how much a node is given at once
};

class SegmentRunner {
 public:
  // Long enough to make tasks worth their overhead, short enough that 200 buffers of it stay small.
  static constexpr int kSegmentFrames = 4096;

  // outputs: entries whose sound is wanted; only what leads to them is computed. The graph outlives the runner.
  SegmentRunner(graph::Graph& graph, const std::vector<int>& outputs, RunnerOptions options);
  ~SegmentRunner();

  // Computes `frames` (up to kSegmentFrames) from stream frame `position` on, which must follow the last segment or
  // come after a reset of the graph. Fails as the first failing node does. `beside`: further work that may run
  // meanwhile.
  Result<void> run(FramePosition position, int frames, const std::function<void()>& beside = {});

  // What an output gave in the last segment. Its sound is late by the entry's latency.
  ConstAudioBlock output(int entry) const;

 private:
  struct Schedule;

  void run_entry(int entry) noexcept;
  void run_from(int entry) noexcept;

  graph::Graph& graph_;
  RunnerOptions options_;
  std::vector<int> order_;
  std::vector<AudioBuffer> buffers_;
  std::unique_ptr<Schedule> schedule_;
  FramePosition position_{};
  int frames_ = 0;
};

}  // namespace talkback::render
