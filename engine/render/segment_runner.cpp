#include "engine/render/segment_runner.hpp"

#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <span>

#include "engine/dsp/denormals.hpp"
#include "engine/dsp/finite.hpp"
#include "engine/graph/sum_node.hpp"

namespace talkback::render {

namespace {

std::size_t index(int value) noexcept { return static_cast<std::size_t>(value); }

}  // namespace

SegmentSound SegmentSound::make(bool is_exact, int channels, int frames) {
  const std::size_t size = is_exact ? sizeof(double) : sizeof(float);
  return {is_exact, channels, frames, std::vector<std::byte>(index(channels) * index(frames) * size)};
}

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
    : graph_(graph), options_(options), not_finite_(graph.entries.size(), 0) {
  options_.block_frames = std::clamp(options_.block_frames, 1, kStretchFrames);
  buffers_.resize(index(graph.buffer_count));
  schedule_ = std::make_unique<Schedule>(options_.threads);
  schedule_->missing = std::vector<std::atomic<int>>(graph.entries.size());
  std::vector<EntryTask> tasks(graph.entries.size());
  for (const int output : outputs) tasks[index(output)].kind = EntryTask::Kind::compute;
  for (std::size_t i = graph.entries.size(); i-- > 0;) {
    if (tasks[i].kind == EntryTask::Kind::nothing) continue;
    for (const int input : graph.entries[i].inputs) tasks[index(input)].kind = EntryTask::Kind::compute;
  }
  select(std::move(tasks));
}

SegmentRunner::~SegmentRunner() = default;

// What has to run before the entry.
const std::vector<int>& SegmentRunner::inputs_of(int entry, std::vector<int>& scratch) const {
  const EntryTask& task = tasks_[index(entry)];
  if (task.kind == EntryTask::Kind::compute) return graph_.entries[index(entry)].inputs;
  // A sum may take off what stands behind it: entries of the session before.
  scratch = task.added;
  scratch.insert(scratch.end(), task.removed.begin(), task.removed.end());
  if (task.kind != EntryTask::Kind::play) return scratch;
  // What is played must not be overwritten by entries before it that share its buffer and run for their state alone.
  for (int at = entry; graph_.entries[index(at)].inputs.size() == 1;) {
    const int input = graph_.entries[index(at)].inputs[0];
    if (graph_.entries[index(input)].buffer != graph_.entries[index(at)].buffer) break;
    at = input;
    if (tasks_[index(at)].kind == EntryTask::Kind::nothing) continue;
    scratch.push_back(at);
    break;
  }
  return scratch;
}

void SegmentRunner::select(std::vector<EntryTask> tasks) {
  TALKBACK_CHECK(tasks.size() == graph_.entries.size());
  tasks_ = std::move(tasks);
  order_.clear();
  schedule_->readers.assign(graph_.entries.size(), {});
  schedule_->input_counts.assign(graph_.entries.size(), 0);
  std::vector<int> scratch;
  for (std::size_t i = 0; i < graph_.entries.size(); ++i) {
    if (tasks_[i].kind == EntryTask::Kind::nothing) continue;
    const std::vector<int>& inputs = inputs_of(static_cast<int>(i), scratch);
    schedule_->input_counts[i] = static_cast<int>(inputs.size());
    for (const int input : inputs) schedule_->readers[index(input)].push_back(static_cast<int>(i));
    AudioBuffer& buffer = buffers_[index(graph_.entries[i].buffer)];
    if (buffer.channel_count() == 0) buffer.resize(2, kStretchFrames);
  }
  // Whatever becomes ready goes next: its inputs are still in the processor's cache.
  std::vector<int> missing = schedule_->input_counts;
  const std::function<void(int)> place = [&](int entry) {
    order_.push_back(entry);
    for (const int reader : schedule_->readers[index(entry)]) {
      if (--missing[index(reader)] == 0) place(reader);
    }
  };
  for (std::size_t i = 0; i < graph_.entries.size(); ++i) {
    if (tasks_[i].kind != EntryTask::Kind::nothing && schedule_->input_counts[i] == 0) place(static_cast<int>(i));
  }
}

int SegmentRunner::frames_from(FramePosition position) const noexcept {
  const std::int64_t rest = position.count % options_.settle_frames;
  const std::int64_t left = options_.settle_frames - (rest < 0 ? rest + options_.settle_frames : rest);
  return static_cast<int>(std::min<std::int64_t>(left, kStretchFrames));
}

ConstAudioBlock SegmentRunner::output(int entry) const {
  const graph::GraphEntry& source = graph_.entries[index(entry)];
  return buffers_[index(source.buffer)].block().slice(0, stretch_.frames);
}

AudioBlock SegmentRunner::block_of(int entry, int first, int frames) {
  const graph::GraphEntry& source = graph_.entries[index(entry)];
  const AudioBlock whole = buffers_[index(source.buffer)].block();
  const std::array<float*, 2> pointers = {whole.channel(0).data() + first, whole.channel(1).data() + first};
  return AudioBlock(std::span<float* const>(pointers.data(), index(source.node->channels())), frames);
}

void SegmentRunner::run_entry(int entry) noexcept {
  switch (tasks_[index(entry)].kind) {
    case EntryTask::Kind::nothing:
      return;
    case EntryTask::Kind::play:
      return play(entry);
    case EntryTask::Kind::adjust:
      return add_up(entry);
    case EntryTask::Kind::compute:
      graph_.entries[index(entry)].keep == graph::Keep::exact ? add_up(entry) : compute(entry);
      settle(entry);
      if (*after_) (*after_)(entry);
  }
}

void SegmentRunner::compute(int entry) noexcept {
  const graph::GraphEntry& source = graph_.entries[index(entry)];
  std::array<ConstAudioBlock, kChannelsMax> few;
  std::vector<ConstAudioBlock> many;
  std::span<ConstAudioBlock> inputs = std::span(few).first(std::min(source.inputs.size(), few.size()));
  if (source.inputs.size() > few.size()) {
    many.resize(source.inputs.size());
    inputs = many;
  }
  for (int first = 0; first < stretch_.frames; first += options_.block_frames) {
    const int frames = std::min(options_.block_frames, stretch_.frames - first);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = block_of(source.inputs[i], first, frames);
    source.node->process(inputs, block_of(entry, first, frames),
                         stretch_.position + Frames{first} - source.latency_before);
  }
  const AudioBlock output = block_of(entry, 0, stretch_.frames);
  if (source.node->memory() != graph::Memory::none) guard(entry, output);
  if (SegmentSound* kept = tasks_[index(entry)].sound) {
    for (int c = 0; c < kept->channels; ++c) std::ranges::copy(output.channel(c), kept->sound(c) + stretch_.offset);
  }
}

void SegmentRunner::settle(int entry) noexcept {
  if ((stretch_.position.count + stretch_.frames) % options_.settle_frames != 0) return;
  auto archive = dsp::StateArchive::settling();
  graph_.entries[index(entry)].node->archive(archive);
}

void SegmentRunner::guard(int entry, AudioBlock output) noexcept {
  for (int c = 0; c < output.channel_count(); ++c)
    not_finite_[index(entry)] += dsp::silence_not_finite(output.channel(c));
}

void SegmentRunner::play(int entry) noexcept {
  SegmentSound& sound = *tasks_[index(entry)].sound;
  const AudioBlock output = block_of(entry, 0, stretch_.frames);
  for (int c = 0; c < output.channel_count(); ++c) {
    if (sound.is_exact) {
      std::transform(sound.exact(c) + stretch_.offset, sound.exact(c) + stretch_.offset + stretch_.frames,
                     output.channel(c).begin(), [](double value) { return static_cast<float>(value); });
    } else {
      std::copy_n(sound.sound(c) + stretch_.offset, stretch_.frames, output.channel(c).begin());
    }
  }
}

void SegmentRunner::add_up(int entry) noexcept {
  const EntryTask& task = tasks_[index(entry)];
  const bool adjusts = task.kind == EntryTask::Kind::adjust;
  const std::vector<int>& added = adjusts ? task.added : graph_.entries[index(entry)].inputs;
  std::array<const float*, graph::kGroupsMax> plus;
  std::array<const float*, graph::kGroupsMax> minus;
  const AudioBlock output = block_of(entry, 0, stretch_.frames);
  for (int c = 0; c < output.channel_count(); ++c) {
    const auto channel_of = [&](int input) {
      return buffers_[index(graph_.entries[index(input)].buffer)].block().channel(c).data();
    };
    std::ranges::transform(added, plus.begin(), channel_of);
    std::ranges::transform(task.removed, minus.begin(), channel_of);
    graph::sum_exactly(adjusts ? task.base->exact(c) + stretch_.offset : nullptr, std::span(plus).first(added.size()),
                       std::span(minus).first(task.removed.size()),
                       task.sound != nullptr ? task.sound->exact(c) + stretch_.offset : nullptr,
                       output.channel(c).data(), stretch_.frames);
  }
}

// Runs an entry and goes on with one of those that it made ready: the sound is still in this core's cache.
void SegmentRunner::run_from(int entry) noexcept {
  const dsp::DenormalsOff denormals_off;
  while (entry >= 0) {
    run_entry(entry);
    int next = -1;
    for (const int reader : schedule_->readers[index(entry)]) {
      if (schedule_->missing[index(reader)].fetch_sub(1, std::memory_order_acq_rel) != 1) continue;
      if (next < 0) {
        next = reader;
      } else {
        schedule_->group.run([this, reader] { run_from(reader); });
      }
    }
    entry = next;
  }
}

Result<void> SegmentRunner::run(Stretch stretch, const std::function<void()>& beside,
                                const std::function<void(int)>& after) {
  TALKBACK_CHECK(stretch.frames > 0 && stretch.frames <= frames_from(stretch.position));
  stretch_ = stretch;
  after_ = &after;
  if (options_.threads == 1) {
    if (beside) beside();
    const dsp::DenormalsOff denormals_off;
    for (const int entry : order_) run_entry(entry);
  } else {
    for (const int entry : order_)
      schedule_->missing[index(entry)].store(schedule_->input_counts[index(entry)], std::memory_order_relaxed);
    schedule_->arena.execute([&] {
      if (beside) schedule_->group.run(beside);
      for (const int entry : order_) {
        if (schedule_->input_counts[index(entry)] == 0) schedule_->group.run([this, entry] { run_from(entry); });
      }
      schedule_->group.wait();
    });
  }
  for (const int entry : order_) {
    if (auto failure = graph_.entries[index(entry)].node->failure()) return *failure;
  }
  return {};
}

}  // namespace talkback::render
