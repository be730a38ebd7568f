// Computes a graph stretch by stretch, on several threads (stretch_pipeline.hpp).
//
// Groups add in the order of their inputs, and sums are exact: neither threads nor block sizes change a sample.
// Denormals are off while entries run. What is no number (NaN, infinite) becomes silence where it arises, and is
// counted.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/result.hpp"
#include "engine/graph/graph.hpp"
#include "engine/render/buffer_pool.hpp"
#include "engine/render/stretch_pipeline.hpp"

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
  // compute, adjust: where the output goes as well, or null; a computed sum goes there exactly. play: where it comes
  // from.
  SegmentSound* sound = nullptr;
  SegmentSound* base = nullptr;
  std::vector<int> added;
  std::vector<int> removed;
};

class SegmentRunner {
 public:
  // The longest stretch: long enough to make tasks worth their overhead, short enough that 200 buffers of it stay
  // small.
  static constexpr int kStretchFrames = 4096;

  // outputs: entries whose sound is wanted; whatever leads to them is computed until select() says otherwise. The graph
  // outlives the runner.
  SegmentRunner(graph::Graph& graph, const std::vector<int>& outputs, RunnerOptions options);

  // One task an entry; sounds live until the next call. The inputs of whatever is computed have tasks, too.
  void select(std::vector<EntryTask> tasks);

  struct Stretch {
    FramePosition position;  // of the stream
    int frames = 0;          // up to stretch_frames()
    int offset = 0;          // of the stretch in the tasks' sounds
  };

  // Computes one stretch after the other. Nodes that have memory go on from where they are. Fails as the first failing
  // node does, and as the visitor.
  // visit: called in order, one at a time, on any thread, while stretches that follow may be computed.
  // after: called for every computed or adjusted entry of the last stretch, on its thread.
  Result<void> run(std::span<const Stretch> stretches, const std::function<Result<void>(const Stretch&)>& visit = {},
                   const std::function<void(int)>& after = {});

  // How long stretches should be for what is selected. Where it is little, threads have a chain to share and nothing
  // else: short stretches let them begin and end together.
  int stretch_frames() const noexcept;

  // The longest stretch that may begin there: none reaches across the place where memories settle.
  int frames_from(FramePosition position) const noexcept;

  // What an output gave in the stretch that is visited, or the last. Its sound is late by the entry's latency.
  ConstAudioBlock output(int entry) const;

  // Samples of the entry that were no numbers, since it was made.
  std::int64_t not_finite(int entry) const { return not_finite_[static_cast<std::size_t>(entry)]; }

 private:
  // An exact sum under way: a part by thread, [channel][kStretchFrames] from one to the next.
  struct SumParts {
    std::vector<std::vector<double>> parts;
    std::vector<char> is_used;
  };
  // One stretch that is under way, and where it lies.
  struct Place {
    Stretch stretch;
    std::vector<AudioBuffer*> buffers;   // by the graph's number; null where nobody needs it now
    std::vector<std::atomic<int>> uses;  // of each buffer, to come
    std::vector<SumParts> sums;          // by entry; empty where it is no sum
    int failed_entry = -1;               // guarded by failure_mutex_ while it is under way
    Error failure;
  };

  void find_sum_uses();
  bool is_computed_sum(int entry) const noexcept;
  void count_uses();
  void begin(Place& place, const Stretch& stretch);
  void give_back(Place& place, int buffer) noexcept;
  AudioBlock block_of(Place& place, int entry, int first, int frames) const;
  const std::vector<int>& inputs_of(int entry, std::vector<int>& scratch) const;
  void run_entry(Place& place, int entry, bool is_last) noexcept;
  void compute(Place& place, int entry) noexcept;
  void play(Place& place, int entry) noexcept;
  void feed_sums(Place& place, int entry) noexcept;
  void add_up(Place& place, int entry) noexcept;
  void settle(const Stretch& stretch, int entry) noexcept;
  void guard(int entry, AudioBlock output) noexcept;
  void note_failure(Place& place, int entry) noexcept;

  graph::Graph& graph_;
  RunnerOptions options_;
  std::vector<int> outputs_;
  std::vector<EntryTask> tasks_;
  std::vector<int> order_;
  std::vector<int> uses_;  // of each buffer, in a stretch: by who fills and who reads it, and the visitor
  // Which sum an entry is added to, or taken off.
  struct SumUse {
    int sum = -1;
    bool is_removed = false;
  };
  std::vector<std::vector<SumUse>> sum_uses_;  // by entry
  StretchPipeline pipeline_;
  BufferPool pool_;
  std::array<Place, StretchPipeline::kSlots> places_;
  const Place* shown_ = nullptr;
  std::mutex failure_mutex_;
  std::vector<std::int64_t> not_finite_;
  const std::function<void(int)>* after_ = nullptr;
};

}  // namespace talkback::render
