#include "engine/graph/entry_runner.hpp"

#include <algorithm>

#include "engine/dsp/finite.hpp"

namespace talkback::graph {

namespace {

std::size_t index(int value) noexcept { return static_cast<std::size_t>(value); }

}  // namespace

EntryRunner::EntryRunner(Graph& graph, const std::vector<int>& entries, int frames_max)
    : graph_(graph),
      frames_max_(frames_max),
      buffers_(index(graph.buffer_count)),
      not_finite_(graph.entries.size(), 0) {
  std::size_t inputs_max = 0;
  for (const int entry : entries) {
    const GraphEntry& source = graph.entries[index(entry)];
    inputs_max = std::max(inputs_max, source.inputs.size());
    AudioBuffer& buffer = buffers_[index(source.buffer)];
    if (buffer.channel_count() == 0) buffer.resize(2, frames_max);
  }
  inputs_.resize(inputs_max);
}

AudioBlock EntryRunner::output(int entry, int frames) noexcept {
  const GraphEntry& source = graph_.entries[index(entry)];
  const AudioBlock whole = buffers_[index(source.buffer)].block();
  const std::array<float*, 2> pointers = {whole.channel(0).data(), whole.channel(1).data()};
  return AudioBlock(std::span<float* const>(pointers.data(), index(source.node->channels())), frames);
}

std::span<const ConstAudioBlock> EntryRunner::inputs_of(int entry, int frames) noexcept {
  const std::vector<int>& sources = graph_.entries[index(entry)].inputs;
  for (std::size_t i = 0; i < sources.size(); ++i) inputs_[i] = output(sources[i], frames);
  return std::span<const ConstAudioBlock>(inputs_).first(sources.size());
}

void EntryRunner::run(int entry, FramePosition position, int frames) noexcept {
  TALKBACK_CHECK(frames <= frames_max_);
  const GraphEntry& source = graph_.entries[index(entry)];
  const AudioBlock out = output(entry, frames);
  source.node->process(inputs_of(entry, frames), out, position - source.latency_before);
  if (source.node->memory() != Memory::none) guard(entry, out);
}

void EntryRunner::run_beside(Node& node, int entry, FramePosition position, AudioBlock output) noexcept {
  node.process(inputs_of(entry, output.frame_count()), output, position - graph_.entries[index(entry)].latency_before);
  guard(entry, output);
}

void EntryRunner::settle(int entry) noexcept {
  auto archive = dsp::StateArchive::settling();
  graph_.entries[index(entry)].node->archive(archive);
}

void EntryRunner::guard(int entry, AudioBlock output) noexcept {
  for (int c = 0; c < output.channel_count(); ++c)
    not_finite_[index(entry)] += dsp::silence_not_finite(output.channel(c));
}

std::vector<int> entries_for(const Graph& graph, const std::vector<int>& outputs) {
  std::vector<bool> is_needed(graph.entries.size(), false);
  for (const int output : outputs) is_needed[index(output)] = true;
  for (std::size_t i = graph.entries.size(); i-- > 0;) {
    if (!is_needed[i]) continue;
    for (const int input : graph.entries[i].inputs) is_needed[index(input)] = true;
  }
  std::vector<int> entries;
  for (std::size_t i = 0; i < graph.entries.size(); ++i)
    if (is_needed[i]) entries.push_back(static_cast<int>(i));
  return entries;
}

}  // namespace talkback::graph
