#include "engine/render/loudness_node.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "engine/analysis/loudness_gates.hpp"

namespace talkback::render {

namespace {

// Of steps in one archive: more than ten seconds between places where memories settle are not to be.
constexpr std::uint64_t kStepsMax = 1 << 20;

}  // namespace

LoudnessNode::LoudnessNode(SampleRate rate, Frames length, analysis::TruePeak true_peak)
    : rate_(rate), length_(length), true_peak_(true_peak) {
  reset();
}

void LoudnessNode::reset() noexcept {
  power_.prepare(rate_, channels());
  peak_.prepare(channels());
  measured_ = 0;
  current_ = {};
  found_.clear();
}

void LoudnessNode::describe(std::int64_t begin, std::int64_t end, std::string& text) const {
  graph::append_key(text, std::clamp<std::int64_t>(-begin, 0, end - begin),
                    std::clamp<std::int64_t>(length_.count - begin, 0, end - begin));
}

void LoudnessNode::process(std::span<const ConstAudioBlock> inputs, AudioBlock output,
                           FramePosition position) noexcept {
  graph::copy_input(inputs[0], output);
  const int frames = output.frame_count();
  const auto first = static_cast<int>(std::clamp<std::int64_t>(-position.count, 0, frames));
  const auto last = static_cast<int>(std::clamp<std::int64_t>(length_.count - position.count, first, frames));
  if (first == last) return;
  const ConstAudioBlock song = ConstAudioBlock(output).slice(first, last - first);
  power_.process(song, current_.steps);
  if (true_peak_ == analysis::TruePeak::on) peak_.process(song);
  for (int c = 0; c < song.channel_count(); ++c)
    current_.clipped += std::ranges::count_if(song.channel(c), [](float x) { return std::abs(x) > 1.0F; });
  measured_ += song.frame_count();
}

void LoudnessNode::Findings::archive(dsp::StateArchive& state) {
  auto count = static_cast<std::uint64_t>(steps.size());
  state(begin, count, greatest, clipped);
  if (state.is_loading()) steps.resize(std::min(count, kStepsMax));
  state(steps);
}

void LoudnessNode::archive(dsp::StateArchive& state) {
  state(power_, peak_, measured_);
  if (state.is_settling()) {
    Findings& place = found_[current_.begin];
    // Twice there where the song has not begun, or is over.
    current_.greatest = std::max(place.greatest, peak_.take_greatest());
    place = std::exchange(current_, Findings{});
    current_.begin = measured_;
    return;
  }
  // What the stretch that ends here found: where it ends with the song, nothing has settled.
  state(current_);
  const auto next = found_.lower_bound(current_.begin);
  Findings before = next == found_.begin() ? Findings{} : std::prev(next)->second;
  state(before);
  if (state.is_loading() && before.begin < current_.begin) found_[before.begin] = std::move(before);
}

analysis::Loudness LoudnessNode::loudness() const {
  std::vector<double> steps;
  float greatest = peak_.finished();
  for (const auto& [begin, findings] : found_) {
    std::ranges::copy(findings.steps, std::back_inserter(steps));
    greatest = std::max(greatest, findings.greatest);
  }
  std::ranges::copy(current_.steps, std::back_inserter(steps));
  analysis::Loudness result;
  result.integrated_lufs = analysis::integrated_lufs(steps);
  if (result.integrated_lufs) result.range_lu = analysis::range_lu(steps);
  if (true_peak_ == analysis::TruePeak::on && greatest > 0.0F)
    result.true_peak_dbtp = 20.0 * std::log10(static_cast<double>(greatest));
  return result;
}

std::int64_t LoudnessNode::clipped() const {
  std::int64_t count = current_.clipped;
  for (const auto& [begin, findings] : found_) count += findings.clipped;
  return count;
}

int add_loudness(graph::Graph& graph, int output, analysis::TruePeak true_peak) {
  const graph::GraphEntry& source = graph.entries[static_cast<std::size_t>(output)];
  graph::GraphEntry entry;
  auto node = std::make_unique<LoudnessNode>(graph.rate, graph.length, true_peak);
  entry.inputs = {output};
  entry.latency_before = entry.latency = source.latency;
  entry.track = source.track;
  entry.label = "loudness";
  entry.keep = graph::Keep::states;
  std::string fixed(node->type());
  graph::append_key(fixed, node->version(), graph.rate.hz, source.latency.count, static_cast<int>(true_peak));
  entry.fixed_key = sha256(fixed);
  std::string whole;
  graph::append_key(whole, entry.fixed_key);
  node->describe(0, graph.length.count, whole);
  graph::append_key(whole, graph.length.count);
  graph::append_key(whole, source.key);
  entry.key = sha256(whole);
  entry.node = std::move(node);
  graph.entries.push_back(std::move(entry));
  graph.entries_of_session = static_cast<int>(graph.entries.size());
  graph.buffer_count = 0;
  graph::assign_buffers(graph);
  return graph.entries_of_session - 1;
}

}  // namespace talkback::render
