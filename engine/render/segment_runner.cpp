#include "engine/render/segment_runner.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

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

SegmentRunner::SegmentRunner(graph::Graph& graph, const std::vector<int>& outputs, RunnerOptions options)
    : graph_(graph),
      options_(options),
      outputs_(outputs),
      pipeline_(options.threads),
      pool_(pipeline_.thread_count(), 2, kStretchFrames),
      shown_(places_.data()),
      not_finite_(graph.entries.size(), 0) {
  options_.block_frames = std::clamp(options_.block_frames, 1, kStretchFrames);
  std::vector<EntryTask> tasks(graph.entries.size());
  for (const int output : outputs) tasks[index(output)].kind = EntryTask::Kind::compute;
  for (std::size_t i = graph.entries.size(); i-- > 0;) {
    if (tasks[i].kind == EntryTask::Kind::nothing) continue;
    for (const int input : graph.entries[i].inputs) tasks[index(input)].kind = EntryTask::Kind::compute;
  }
  select(std::move(tasks));
}

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
  StretchPipeline::Plan plan;
  plan.readers.assign(graph_.entries.size(), {});
  plan.input_counts.assign(graph_.entries.size(), 0);
  std::vector<int> scratch;
  for (std::size_t i = 0; i < graph_.entries.size(); ++i) {
    if (tasks_[i].kind == EntryTask::Kind::nothing) continue;
    const std::vector<int>& inputs = inputs_of(static_cast<int>(i), scratch);
    plan.input_counts[i] = static_cast<int>(inputs.size());
    for (const int input : inputs) plan.readers[index(input)].push_back(static_cast<int>(i));
  }
  // Whatever becomes ready goes next: its inputs are still in the processor's cache.
  std::vector<int> missing = plan.input_counts;
  const std::function<void(int)> place = [&](int entry) {
    plan.order.push_back(entry);
    for (const int reader : plan.readers[index(entry)]) {
      if (--missing[index(reader)] == 0) place(reader);
    }
  };
  for (std::size_t i = 0; i < graph_.entries.size(); ++i) {
    if (tasks_[i].kind != EntryTask::Kind::nothing && plan.input_counts[i] == 0) place(static_cast<int>(i));
  }
  order_ = plan.order;
  find_sum_uses();
  count_uses();
  pipeline_.set(std::move(plan));
}

void SegmentRunner::find_sum_uses() {
  sum_uses_.assign(graph_.entries.size(), {});
  for (const int entry : order_) {
    const EntryTask& task = tasks_[index(entry)];
    if (task.kind == EntryTask::Kind::adjust) {
      for (const int input : task.added) sum_uses_[index(input)].push_back({entry, false});
      for (const int input : task.removed) sum_uses_[index(input)].push_back({entry, true});
    } else if (is_computed_sum(entry)) {
      for (const int input : graph_.entries[index(entry)].inputs) sum_uses_[index(input)].push_back({entry, false});
    }
  }
}

bool SegmentRunner::is_computed_sum(int entry) const noexcept {
  return tasks_[index(entry)].kind == EntryTask::Kind::compute &&
         graph_.entries[index(entry)].keep == graph::Keep::exact;
}

// Sums read nobody's buffer: they were fed when it was filled.
void SegmentRunner::count_uses() {
  uses_.assign(index(graph_.buffer_count), 0);
  const auto use = [this](int entry) { ++uses_[index(graph_.entries[index(entry)].buffer)]; };
  for (const int entry : order_) {
    use(entry);
    if (tasks_[index(entry)].kind != EntryTask::Kind::compute || is_computed_sum(entry)) continue;
    for (const int input : graph_.entries[index(entry)].inputs) use(input);
  }
  for (const int output : outputs_) use(output);
}

void SegmentRunner::begin(Place& place, const Stretch& stretch) {
  place.stretch = stretch;
  place.failed_entry = -1;
  const std::size_t buffers = index(graph_.buffer_count);
  if (place.uses.size() != buffers) {
    place.buffers.assign(buffers, nullptr);
    place.uses = std::vector<std::atomic<int>>(buffers);
    place.sums.resize(graph_.entries.size());
  }
  for (std::size_t i = 0; i < buffers; ++i) {
    // What the last visitor saw.
    if (place.buffers[i] != nullptr) pool_.give(pipeline_.this_thread(), *std::exchange(place.buffers[i], nullptr));
    place.uses[i].store(uses_[i], std::memory_order_relaxed);
  }
  for (const int entry : order_) {
    if (tasks_[index(entry)].kind != EntryTask::Kind::adjust && !is_computed_sum(entry)) continue;
    SumParts& sum = place.sums[index(entry)];
    if (!sum.parts.empty()) continue;
    sum.parts.resize(index(pipeline_.thread_count()));
    sum.is_used.assign(index(pipeline_.thread_count()), 0);
  }
}

void SegmentRunner::give_back(Place& place, int buffer) noexcept {
  if (place.uses[index(buffer)].fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  pool_.give(pipeline_.this_thread(), *std::exchange(place.buffers[index(buffer)], nullptr));
}

int SegmentRunner::stretch_frames() const noexcept {
  constexpr std::size_t kFewEntries = 48;
  constexpr int kShortFrames = 2048;
  return pipeline_.is_parallel() && order_.size() > 1 && order_.size() <= kFewEntries ? kShortFrames : kStretchFrames;
}

int SegmentRunner::frames_from(FramePosition position) const noexcept {
  const std::int64_t rest = position.count % options_.settle_frames;
  const std::int64_t left = options_.settle_frames - (rest < 0 ? rest + options_.settle_frames : rest);
  return static_cast<int>(std::min<std::int64_t>(left, kStretchFrames));
}

ConstAudioBlock SegmentRunner::output(int entry) const {
  const graph::GraphEntry& source = graph_.entries[index(entry)];
  return shown_->buffers[index(source.buffer)]->block().slice(0, shown_->stretch.frames);
}

AudioBlock SegmentRunner::block_of(Place& place, int entry, int first, int frames) const {
  const graph::GraphEntry& source = graph_.entries[index(entry)];
  const AudioBlock whole = place.buffers[index(source.buffer)]->block();
  const std::array<float*, 2> pointers = {whole.channel(0).data() + first, whole.channel(1).data() + first};
  return AudioBlock(std::span<float* const>(pointers.data(), index(source.node->channels())), frames);
}

void SegmentRunner::run_entry(Place& place, int entry, bool is_last) noexcept {
  const graph::GraphEntry& source = graph_.entries[index(entry)];
  AudioBuffer*& buffer = place.buffers[index(source.buffer)];
  if (buffer == nullptr) buffer = &pool_.take(pipeline_.this_thread());
  const EntryTask::Kind kind = tasks_[index(entry)].kind;
  if (kind == EntryTask::Kind::play) {
    play(place, entry);
  } else if (kind == EntryTask::Kind::adjust) {
    add_up(place, entry);
  } else {
    is_computed_sum(entry) ? add_up(place, entry) : compute(place, entry);
    note_failure(place, entry);
    settle(place.stretch, entry);
  }
  if (kind != EntryTask::Kind::play && is_last && *after_) (*after_)(entry);
  feed_sums(place, entry);
  if (kind == EntryTask::Kind::compute && !is_computed_sum(entry)) {
    for (const int input : source.inputs) give_back(place, graph_.entries[index(input)].buffer);
  }
  give_back(place, source.buffer);
}

void SegmentRunner::compute(Place& place, int entry) noexcept {
  const Stretch& stretch = place.stretch;
  const graph::GraphEntry& source = graph_.entries[index(entry)];
  std::array<ConstAudioBlock, kChannelsMax> few;
  std::vector<ConstAudioBlock> many;
  std::span<ConstAudioBlock> inputs = std::span(few).first(std::min(source.inputs.size(), few.size()));
  if (source.inputs.size() > few.size()) {
    many.resize(source.inputs.size());
    inputs = many;
  }
  for (int first = 0; first < stretch.frames; first += options_.block_frames) {
    const int frames = std::min(options_.block_frames, stretch.frames - first);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = block_of(place, source.inputs[i], first, frames);
    source.node->process(inputs, block_of(place, entry, first, frames),
                         stretch.position + Frames{first} - source.latency_before);
  }
  const AudioBlock output = block_of(place, entry, 0, stretch.frames);
  if (source.node->memory() != graph::Memory::none) guard(entry, output);
  if (SegmentSound* kept = tasks_[index(entry)].sound) {
    for (int c = 0; c < kept->channels; ++c) std::ranges::copy(output.channel(c), kept->sound(c) + stretch.offset);
  }
}

void SegmentRunner::settle(const Stretch& stretch, int entry) noexcept {
  if ((stretch.position.count + stretch.frames) % options_.settle_frames != 0) return;
  auto archive = dsp::StateArchive::settling();
  graph_.entries[index(entry)].node->archive(archive);
}

void SegmentRunner::guard(int entry, AudioBlock output) noexcept {
  for (int c = 0; c < output.channel_count(); ++c)
    not_finite_[index(entry)] += dsp::silence_not_finite(output.channel(c));
}

void SegmentRunner::play(Place& place, int entry) noexcept {
  const Stretch& stretch = place.stretch;
  SegmentSound& sound = *tasks_[index(entry)].sound;
  const AudioBlock output = block_of(place, entry, 0, stretch.frames);
  for (int c = 0; c < output.channel_count(); ++c) {
    if (sound.is_exact) {
      std::transform(sound.exact(c) + stretch.offset, sound.exact(c) + stretch.offset + stretch.frames,
                     output.channel(c).begin(), [](double value) { return static_cast<float>(value); });
    } else {
      std::copy_n(sound.sound(c) + stretch.offset, stretch.frames, output.channel(c).begin());
    }
  }
}

// At once, while the sound is in this core's cache. Sums are exact: who adds what when makes no difference.
void SegmentRunner::feed_sums(Place& place, int entry) noexcept {
  if (sum_uses_[index(entry)].empty()) return;
  const AudioBlock sound = block_of(place, entry, 0, place.stretch.frames);
  const std::size_t thread = index(pipeline_.this_thread());
  for (const SumUse& use : sum_uses_[index(entry)]) {
    SumParts& sum = place.sums[index(use.sum)];
    std::vector<double>& part = sum.parts[thread];
    if (part.empty()) part.resize(2 * index(kStretchFrames));
    for (int c = 0; c < sound.channel_count(); ++c)
      graph::add_exactly(part.data() + c * kStretchFrames, sound.channel(c).data(), use.is_removed,
                         sum.is_used[thread] == 0, place.stretch.frames);
    sum.is_used[thread] = 1;
  }
}

void SegmentRunner::add_up(Place& place, int entry) noexcept {
  const EntryTask& task = tasks_[index(entry)];
  const Stretch& stretch = place.stretch;
  SumParts& sum = place.sums[index(entry)];
  const AudioBlock output = block_of(place, entry, 0, stretch.frames);
  std::vector<const double*> parts;
  for (int c = 0; c < output.channel_count(); ++c) {
    parts.clear();
    if (task.kind == EntryTask::Kind::adjust) parts.push_back(task.base->exact(c) + stretch.offset);
    for (std::size_t thread = 0; thread < sum.parts.size(); ++thread) {
      if (sum.is_used[thread] != 0) parts.push_back(sum.parts[thread].data() + c * kStretchFrames);
    }
    const bool is_exact = task.sound != nullptr && task.sound->is_exact;
    graph::finish_sum(parts, is_exact ? task.sound->exact(c) + stretch.offset : nullptr, output.channel(c).data(),
                      stretch.frames);
    if (task.sound != nullptr && !is_exact) std::ranges::copy(output.channel(c), task.sound->sound(c) + stretch.offset);
  }
  std::ranges::fill(sum.is_used, 0);
}

// Of several that fail the first in the graph is told, whichever thread was faster.
void SegmentRunner::note_failure(Place& place, int entry) noexcept {
  auto failure = graph_.entries[index(entry)].node->failure();
  if (!failure) return;
  const std::lock_guard lock(failure_mutex_);
  if (place.failed_entry >= 0 && place.failed_entry < entry) return;
  place.failed_entry = entry;
  place.failure = std::move(*failure);
}

Result<void> SegmentRunner::run(std::span<const Stretch> stretches,
                                const std::function<Result<void>(const Stretch&)>& visit,
                                const std::function<void(int)>& after) {
  const int count = static_cast<int>(stretches.size());
  const auto place_of = [&](int stretch) -> Place& {
    return places_[pipeline_.is_parallel() ? index(stretch % StretchPipeline::kSlots) : 0];
  };
  after_ = &after;
  Result<void> outcome;
  StretchPipeline::Work work;
  work.begin = [&](int i) {
    const Stretch& stretch = stretches[index(i)];
    TALKBACK_CHECK(stretch.frames > 0 && stretch.frames <= frames_from(stretch.position));
    begin(place_of(i), stretch);
  };
  work.run = [&](int entry, int i) { run_entry(place_of(i), entry, i == count - 1); };
  work.visit = [&](int i) {
    shown_ = &place_of(i);
    if (shown_->failed_entry >= 0) {
      outcome = shown_->failure;
    } else if (visit) {
      outcome = visit(shown_->stretch);
    }
    return static_cast<bool>(outcome);
  };
  pipeline_.run(count, work);
  return outcome;
}

}  // namespace talkback::render
