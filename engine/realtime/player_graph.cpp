#include "engine/realtime/player_graph.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/denormals.hpp"

namespace talkback::realtime {

namespace {

// How long a new effect without a past is fed before it is heard.
constexpr double kWarmSeconds = 0.1;
// How long before its place an instrument is played, so that notes that are held sound.
constexpr double kInstrumentPreRollSeconds = 4.0;
constexpr double kAheadSeconds = 1.0;
// Longer than any look beyond the ends.
constexpr std::int64_t kBeyond = 1 << 22;

std::size_t index(int value) noexcept { return static_cast<std::size_t>(value); }

int frames_of(double seconds, SampleRate rate) noexcept { return static_cast<int>(std::lround(seconds * rate.hz)); }

}  // namespace

PlayerGraph::PlayerGraph(graph::Graph graph, std::uint64_t revision)
    : graph_(std::move(graph)),
      revision_(revision),
      output_(graph_.master.entry),
      fade_frames_(std::max(1, frames_of(kFadeSeconds, graph_.rate))) {
  latency_ = entry(output_).latency;
  order_ = graph::entries_for(graph_, {output_});
  runner_ = std::make_unique<graph::EntryRunner>(graph_, order_, kChunkFrames);
}

Result<std::unique_ptr<PlayerGraph>> PlayerGraph::create(const session::Session& session,
                                                         const graph::CompileOptions& options,
                                                         media::SourceLibrary& library, std::uint64_t revision) {
  TALKBACK_ASSIGN(graph::Graph graph, graph::compile(session, options, library));
  std::unique_ptr<PlayerGraph> result(new PlayerGraph(std::move(graph), revision));
  TALKBACK_TRY(result->prepare());
  return result;
}

Result<void> PlayerGraph::prepare() {
  shapes_.resize(graph_.entries.size());
  changes_.resize(graph_.entries.size());
  for (std::size_t i = 0; i < graph_.entries.size(); ++i) {
    graph::GraphEntry& source = graph_.entries[i];
    TALKBACK_TRY(source.node->prepare_realtime());
    if (source.node->memory() == graph::Memory::replayed) {
      source.node = std::make_unique<AheadNode>(
          std::make_shared<AheadSource>(std::move(source.node), frames_of(kAheadSeconds, graph_.rate)));
      ahead_entries_.push_back(static_cast<int>(i));
    }
    source.node->list_sources(sources_);
    std::string content;
    graph::append_key(content, source.fixed_key);
    source.node->describe(-kBeyond, graph_.length.count + kBeyond, content);
    shapes_[i] = {sha256(content), source.node->take_over_key(), source.node->channels(),
                  source.node->memory() != graph::Memory::none};
  }
  list_points();
  return {};
}

std::vector<std::shared_ptr<AheadSource>> PlayerGraph::ahead() const {
  std::vector<std::shared_ptr<AheadSource>> sources;
  for (const int number : ahead_entries_)
    sources.push_back(static_cast<const AheadNode&>(*entry(number).node).source());
  return sources;
}

void PlayerGraph::fill_ahead() {
  for (const auto& source : ahead()) source->fill();
}

// A call of no frames: whatever a node does at its first one is done here.
void PlayerGraph::start_node(int number, FramePosition stream) {
  graph_.entries[index(number)].node->reset();
  runner_->run(number, stream, 0);
}

void PlayerGraph::start_at(FramePosition position, Frames pre_roll) {
  const dsp::DenormalsOff denormals_off;
  finish_change();
  const std::int64_t early = std::min(position.count, std::max<std::int64_t>(0, position.count - pre_roll.count));
  stream_ = FramePosition{dsp::grid_line_before({early})};
  for (const int number : order_) start_node(number, stream_);
  AudioBuffer scratch(2, kChunkFrames);
  taps_rest_ = true;
  while (this->position() < position) {
    fill_ahead();
    const auto frames = static_cast<int>(std::min<std::int64_t>(kChunkFrames, (position - this->position()).count));
    render(scratch.block().slice(0, frames));
  }
  taps_rest_ = false;
  fill_ahead();
  // The first second; the read-ahead does the rest.
  const FramePosition end = position + Frames{graph_.rate.hz};
  for (const graph::SourceStretch& stretch : sources_) {
    const FramePosition begin = std::max(stretch.start, position);
    const FramePosition last = std::min(stretch.start + stretch.length, end);
    if (begin < last)
      stretch.sound->touch(stretch.begin + (begin - stretch.start), stretch.begin + (last - stretch.start));
  }
}

bool PlayerGraph::is_equal(const PlayerGraph& before) const {
  return graph_.length == before.graph_.length && entry(output_).key == before.entry(before.output_).key;
}

std::optional<std::vector<Succession>> PlayerGraph::plan(const PlayerGraph& before) const {
  const std::size_t count = graph_.entries.size();
  if (before.graph_.entries.size() != count || before.output_ != output_ || before.graph_.rate != graph_.rate)
    return std::nullopt;
  std::vector<Succession> plan(count, Succession::keep);
  for (std::size_t i = 0; i < count; ++i) {
    const graph::GraphEntry& now = graph_.entries[i];
    const graph::GraphEntry& then = before.graph_.entries[i];
    const bool is_same_place = now.key == then.key || (now.label == then.label && now.track == then.track);
    if (!is_same_place || now.inputs != then.inputs || now.latency != then.latency ||
        now.latency_before != then.latency_before || shapes_[i].channels != before.shapes_[i].channels ||
        shapes_[i].has_memory != before.shapes_[i].has_memory)
      return std::nullopt;
    if (shapes_[i].content == before.shapes_[i].content) continue;
    const bool takes_over =
        !shapes_[i].take_over_key.empty() && shapes_[i].take_over_key == before.shapes_[i].take_over_key;
    plan[i] = takes_over ? Succession::take_over : Succession::fade;
  }
  return plan;
}

bool PlayerGraph::needs_place(const PlayerGraph& graph, const std::vector<Succession>& plan) {
  for (const int number : graph.order_)
    if (plan[index(number)] == Succession::fade && graph.is_source(number)) return true;
  return false;
}

// Up to the stream frame at which song frame `at` is the next.
void PlayerGraph::pre_roll_source(int number, FramePosition at) {
  const std::int64_t end = (at + latency_).count;
  const std::int64_t early = std::max<std::int64_t>(0, end - frames_of(kInstrumentPreRollSeconds, graph_.rate));
  std::int64_t stream = std::min(end, dsp::grid_line_before({early}));
  start_node(number, {stream});
  while (stream < end) {
    fill_ahead();
    std::int64_t frames = std::min<std::int64_t>(kChunkFrames, end - stream);
    frames = std::min(frames, kSettleFrames - stream % kSettleFrames);
    runner_->run(number, {stream}, static_cast<int>(frames));
    stream += frames;
    if (stream % kSettleFrames == 0) runner_->settle(number);
  }
  fill_ahead();
}

void PlayerGraph::prepare_succession(std::vector<Succession> plan, FramePosition at) {
  const dsp::DenormalsOff denormals_off;
  plan_ = std::move(plan);
  for (const int number : order_) {
    if (plan_[index(number)] != Succession::fade) continue;
    Change& change = changes_[index(number)];
    change.sound.resize(2, kChunkFrames);
    change.warm_frames = 0;
    if (is_source(number)) {
      pre_roll_source(number, at);
    } else {
      // Its exact place is not known yet; what moves there glides on.
      start_node(number, at + latency_);
      if (shapes_[index(number)].has_memory)
        change.warm_frames =
            frames_of(kWarmSeconds, graph_.rate) + static_cast<int>(entry(number).node->latency().count);
    }
  }
}

void PlayerGraph::succeed(PlayerGraph& before) noexcept TALKBACK_REALTIME {
  before.finish_change();
  stream_ = before.stream_;
  for (const int number : order_) {
    std::unique_ptr<graph::Node>& node = graph_.entries[index(number)].node;
    std::unique_ptr<graph::Node>& node_before = before.graph_.entries[index(number)].node;
    switch (plan_[index(number)]) {
      case Succession::keep:
        std::swap(node, node_before);
        break;
      case Succession::take_over:
        node->take_over(*node_before);
        break;
      case Succession::fade:
        changes_[index(number)].before = node_before.get();
        changes_[index(number)].done = 0;
        ++changing_;
        break;
    }
  }
}

void PlayerGraph::finish_change() noexcept TALKBACK_REALTIME {
  if (changing_ == 0) return;
  for (Change& change : changes_) change.before = nullptr;
  changing_ = 0;
}

void PlayerGraph::render(AudioBlock out) noexcept TALKBACK_REALTIME {
  for (int done = 0; done < out.frame_count();) {
    const std::int64_t rest = stream_.count % kSettleFrames;
    const std::int64_t left = kSettleFrames - (rest < 0 ? rest + kSettleFrames : rest);
    const auto frames =
        static_cast<int>(std::min<std::int64_t>({left, kChunkFrames, std::int64_t{out.frame_count() - done}}));
    run_chunk(out.slice(done, frames));
    done += frames;
  }
}

// No chunk reaches across the place where memories settle.
void PlayerGraph::run_chunk(AudioBlock out) noexcept {
  const int frames = out.frame_count();
  const bool settles = (stream_.count + frames) % kSettleFrames == 0;
  int tap = 0;
  for (const int number : order_) {
    Change& change = changes_[index(number)];
    change.before == nullptr ? runner_->run(number, stream_, frames) : run_change(change, number, frames);
    if (settles) runner_->settle(number);
    for (; !taps_rest_ && tap < tap_count_ && taps_[index(tap)].entry == number; ++tap)
      taps_[index(tap)].tap->feed(stream_ - entry(number).latency, runner_->output(number, frames),
                                  entry(number).node->gain_reduction_db());
  }
  const ConstAudioBlock heard = runner_->output(output_, frames);
  for (int c = 0; c < 2; ++c)
    std::ranges::copy(heard.channel(std::min(c, heard.channel_count() - 1)), out.channel(c).begin());
  stream_ += Frames{frames};
}

void PlayerGraph::run_change(Change& change, int number, int frames) noexcept {
  // Before the new node, which may work in place on what the old one reads.
  const AudioBlock whole = change.sound.block();
  const std::array<float*, 2> pointers = {whole.channel(0).data(), whole.channel(1).data()};
  const AudioBlock old(std::span<float* const>(pointers.data(), index(shapes_[index(number)].channels)), frames);
  runner_->run_beside(*change.before, number, stream_, old);
  runner_->run(number, stream_, frames);
  const AudioBlock out = runner_->output(number, frames);
  for (int n = 0; n < frames; ++n) {
    const int faded = change.done + n + 1 - change.warm_frames;
    if (faded >= fade_frames_) break;
    const float part = static_cast<float>(std::max(faded, 0)) / static_cast<float>(fade_frames_);
    for (int c = 0; c < out.channel_count(); ++c) {
      const float from = old.channel(c)[index(n)];
      float& sample = out.channel(c)[index(n)];
      sample = from + (sample - from) * part;
    }
  }
  change.done += frames;
  if (change.done < change.warm_frames + fade_frames_) return;
  change.before = nullptr;
  --changing_;
}

void PlayerGraph::list_points() {
  std::map<std::string, int> inserts;
  for (const int number : order_) {
    const graph::GraphEntry& here = entry(number);
    const bool is_insert = here.node->type() == "insert";
    if (!is_insert && here.label != "fader") continue;
    const bool is_master = number >= graph_.mix.entry && here.track == entry(output_).track;
    const std::string track = is_master ? std::string() : here.track;
    points_.push_back({{{track, is_insert ? inserts[track]++ : -1}, here.track, here.label}, number});
  }
}

std::vector<NamedMeterPoint> PlayerGraph::meter_points() const {
  std::vector<NamedMeterPoint> points;
  for (const TapPlace& place : points_) points.push_back(place.point);
  return points;
}

int PlayerGraph::find_entry(const MeterPoint& point) const {
  const auto found = std::ranges::find_if(points_, [&](const TapPlace& place) {
    return place.point.point.track == point.track && place.point.point.insert == point.insert;
  });
  return found == points_.end() ? -1 : found->entry;
}

void PlayerGraph::add_tap(MeterTap& tap, int entry) noexcept {
  if (entry < 0 || tap_count_ == kMeterTapsMax) return;
  int at = tap_count_++;
  for (; at > 0 && taps_[index(at - 1)].entry > entry; --at) taps_[index(at)] = taps_[index(at - 1)];
  taps_[index(at)] = {entry, &tap};
}

void PlayerGraph::remove_tap(const MeterTap& tap) noexcept {
  const auto end =
      std::remove_if(taps_.begin(), taps_.begin() + tap_count_, [&](const Tap& t) { return t.tap == &tap; });
  tap_count_ = static_cast<int>(end - taps_.begin());
}

}  // namespace talkback::realtime
