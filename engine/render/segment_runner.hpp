// Computes a graph stretch by stretch, tracks in parallel.
//
// Within a stretch an entry runs when its inputs have run, on whichever thread is free; groups add in the order of
// their inputs, and sums are exact. So neither threads nor block sizes change a sample. Denormals are off while entries
// run. What is no number (NaN, infinite) becomes silence where it arises, and is counted.
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
  int block_frames = 4096;  // how much a node is given at once
  // Where a stretch ends at a multiple of this, what nodes remember is settled (dsp/state_archive.hpp): a law of the
  // sound, not of the machine. 1.4 s at 48 kHz.
  int settle_frames = 65'536;
};

// What an entry gave over a segment: [channel][frame], as floats, or as doubles of an exact sum.
struct SegmentSound {
  bool is_exact = false;
  int channels = 2;
  int frames = 0;
  std::vector<std::byte> bytes;

  static SegmentSound make(bool is_exact, int channels, int frames);
  float* sound(int channel) noexcept { return reinterpret_cast<float*>(bytes.data()) + at(channel); }
  double* exact(int channel) noexcept { return reinterpret_cast<double*>(bytes.data()) + at(channel); }

 private:
  std::ptrdiff_t at(int channel) const noexcept { return static_cast<std::ptrdiff_t>(channel) * frames; }
};

// What is to be done for an entry in the stretches to come.
struct EntryTask {
  enum class Kind {
    nothing,
    compute,  // from its inputs
    play,     // what `sound` holds
    adjust,   // of a sum: from the exact sum `base`, with entries added and removed
  };
  Kind kind = Kind::nothing;
  // compute, adjust: where the output goes as well, or null. play: where it comes from.
  SegmentSound* sound = nullptr;
  SegmentSound* base = nullptr;
  std::vector<int> added;
  std::vector<int> removed;
};

class SegmentRunner {
 public:
  // Long enough to make tasks worth their overhead, short enough that 200 buffers of it stay small.
  static constexpr int kStretchFrames = 4096;

  // outputs: entries whose sound is wanted; whatever leads to them is computed until select() says otherwise. The graph
  // outlives the runner.
  SegmentRunner(graph::Graph& graph, const std::vector<int>& outputs, RunnerOptions options);
  ~SegmentRunner();

  // One task an entry; sounds live until the next call. The inputs of whatever is computed have tasks, too.
  void select(std::vector<EntryTask> tasks);

  // Computes `frames` (up to kStretchFrames) from stream frame `position` on. Nodes that have memory go on from where
  // they are. offset: of the stretch in the tasks' sounds. Fails as the first failing node does.
  // beside: further work that may run meanwhile. after: called for every computed entry, on its thread.
  struct Stretch {
    FramePosition position;
    int frames = 0;
    int offset = 0;
  };
  Result<void> run(Stretch stretch, const std::function<void()>& beside = {},
                   const std::function<void(int)>& after = {});

  // The longest stretch that may begin there: none reaches across the place where memories settle.
  int frames_from(FramePosition position) const noexcept;

  // What an output gave in the last stretch. Its sound is late by the entry's latency.
  ConstAudioBlock output(int entry) const;

  // Samples of the entry that were no numbers, since it was made.
  std::int64_t not_finite(int entry) const { return not_finite_[static_cast<std::size_t>(entry)]; }

 private:
  struct Schedule;

  AudioBlock block_of(int entry, int first, int frames);
  const std::vector<int>& inputs_of(int entry, std::vector<int>& scratch) const;
  void run_entry(int entry) noexcept;
  void compute(int entry) noexcept;
  void play(int entry) noexcept;
  void add_up(int entry) noexcept;
  void settle(int entry) noexcept;
  void guard(int entry, AudioBlock output) noexcept;
  void run_from(int entry) noexcept;

  graph::Graph& graph_;
  RunnerOptions options_;
  std::vector<EntryTask> tasks_;
  std::vector<int> order_;
  std::vector<AudioBuffer> buffers_;
  std::vector<std::int64_t> not_finite_;
  std::unique_ptr<Schedule> schedule_;
  Stretch stretch_;
  const std::function<void(int)>* after_ = nullptr;
};

}  // namespace talkback::render
