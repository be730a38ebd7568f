#include "engine/render/segment_runner.hpp"

#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <span>

#include "engine/dsp/denormals.hpp"

namespace talkback::render {

struct SegmentRunner::Schedule {
  explicit Schedule(int threads) : arena(threads > 0 ? threads : static_cast<int>(tbb::task_arena::automatic)) {}

  tbb::task_arena arena;
  tbb::task_group group;
  // Of each entry: who reads it, how many inputs it has, and how many of them are still missing.
  std::vector<std::vector<int>> readers;
  std::vector<int> input_counts;
  std::vector<std::atomic<int>> missing;
};

SegmentRunner::SegmentRunner(graph::Graph& graph, const std::vector<int>& outputs, RunnerOptions options)
    : graph_(graph), options_(options) {
  options_.block_frames = std::clamp(options_.block_frames, 1, kSegmentFrames);
  std::vector<bool> wanted(graph.entries.size(), false);
  for (const int output : outputs) wanted[static_cast<std::size_t>(output)] = true;
  for (std::size_t i = graph.entries.size(); i-- > 0;) {
    if (!wanted[i]) continue;
    for (const int input : graph.entries[i].inputs) wanted[static_cast<std::size_t>(input)] = true;
  }
  buffers_.resize(static_cast<std::size_t>(graph.buffer_count));
  schedule_ = std::make_unique<Schedule>(options_.threads);
  schedule_->readers.resize(graph.entries.size());
  schedule_->input_counts.resize(graph.entries.size());
  schedule_->missing = std::vector<std::atomic<int>>(graph.entries.size());
  for (std::size_t i = 0; i < graph.entries.size(); ++i) {
    if (!wanted[i]) continue;
    const graph::GraphEntry& entry = graph.entries[i];
    order_.push_back(static_cast<int>(i));
    AudioBuffer& buffer = buffers_[static_cast<std::size_t>(entry.buffer)];
    if (buffer.channel_count() == 0) buffer.resize(2, kSegmentFrames);
    schedule_->input_counts[i] = static_cast<int>(entry.inputs.size());
    for (const int input : entry.inputs)
      schedule_->readers[static_cast<std::size_t>(input)].push_back(static_cast<int>(i));
  }
}

SegmentRunner::~SegmentRunner() = default;

ConstAudioBlock SegmentRunner::output(int entry) const {
  const graph::GraphEntry& source = graph_.entries[static_cast<std::size_t>(entry)];
  return buffers_[static_cast<std::size_t>(source.buffer)].block().slice(0, frames_);
}

void SegmentRunner::run_entry(int index) noexcept {
  const graph::GraphEntry& entry = graph_.entries[static_cast<std::size_t>(index)];
  const auto block_of = [this](const graph::GraphEntry& source, int first, int frames) {
    const AudioBlock whole = buffers_[static_cast<std::size_t>(source.buffer)].block();
    std::array<float*, 2> pointers = {whole.channel(0).data() + first, whole.channel(1).data() + first};
    return AudioBlock(std::span<float* const>(pointers.data(), static_cast<std::size_t>(source.node->channels())),
                      frames);
  };
  std::vector<ConstAudioBlock> inputs(entry.inputs.size());
  for (int first = 0; first < frames_; first += options_.block_frames) {
    const int frames = std::min(options_.block_frames, frames_ - first);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      inputs[i] = block_of(graph_.entries[static_cast<std::size_t>(entry.inputs[i])], first, frames);
    }
    entry.node->process(inputs, block_of(entry, first, frames), position_ + Frames{first} - entry.latency_before);
  }
}

// Runs an entry and goes on with one of those that it made ready: the sound is still in this core's cache.
void SegmentRunner::run_from(int entry) noexcept {
  const dsp::DenormalsOff denormals_off;
  while (entry >= 0) {
    run_entry(entry);
    int next = -1;
    for (const int reader : schedule_->readers[static_cast<std::size_t>(entry)]) {
      if (schedule_->missing[static_cast<std::size_t>(reader)].fetch_sub(1, std::memory_order_acq_rel) != 1) continue;
      if (next < 0) {
        next = reader;
      } else {
        schedule_->group.run([this, reader] { run_from(reader); });
      }
    }
    entry = next;
  }
}

Result<void> SegmentRunner::run(FramePosition position, int frames, const std::function<void()>& beside) {
  TALKBACK_CHECK(frames > 0 && frames <= kSegmentFrames);
  position_ = position;
  frames_ = frames;
  if (options_.threads == 1) {
    if (beside) beside();
    const dsp::DenormalsOff denormals_off;
    for (const int entry : order_) run_entry(entry);
  } else {
    for (const int entry : order_) {
      const auto k = static_cast<std::size_t>(entry);
      schedule_->missing[k].store(schedule_->input_counts[k], std::memory_order_relaxed);
    }
    schedule_->arena.execute([&] {
      if (beside) schedule_->group.run(beside);
      for (const int entry : order_) {
        if (schedule_->input_counts[static_cast<std::size_t>(entry)] == 0)
          schedule_->group.run([this, entry] { run_from(entry); });
      }
      schedule_->group.wait();
    });
  }
  for (const int entry : order_) {
    if (auto failure = graph_.entries[static_cast<std::size_t>(entry)].node->failure()) return *failure;
  }
  return {};
}

}  // namespace talkback::render
