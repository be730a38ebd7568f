#include "engine/graph/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/graph/clip_reader.hpp"
#include "engine/graph/delay_node.hpp"
#include "engine/graph/gain_node.hpp"
#include "engine/graph/insert_node.hpp"
#include "engine/graph/instrument_settings.hpp"
#include "engine/graph/parameters.hpp"
#include "engine/graph/placement.hpp"
#include "engine/graph/routing.hpp"
#include "engine/graph/sum_node.hpp"
#include "engine/session/defaults.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::graph {

namespace {

// Adds the entries of one session to a graph. Those that the graph has already are used again.
class Compiler {
 public:
  Compiler(const session::Session& session, const CompileOptions& options, SampleRate rate,
           media::SourceLibrary& library, Graph& graph)
      : session_(session),
        options_(options),
        rate_(rate),
        library_(library),
        tempo_(session::tempo_map(session, rate)),
        routing_(session),
        length_(length_of(session, rate)),
        graph_(graph) {
    for (std::size_t i = 0; i < graph.entries.size(); ++i) known_[graph.entries[i].key] = static_cast<int>(i);
  }

  Result<void> run() {
    if (length_.count == 0 && !options_.may_be_empty)
      return Error{ErrorCode::invalid, "The session has no clips: there is nothing to play."};
    return build_master();
  }

  // One track, with an instrument that waits for notes.
  Result<LiveGraph> run_live(const v1::Object& object) {
    is_live_ = true;
    LiveGraph live;
    const v1::Object track = session::with_defaults(object);
    track_name_ = track.track().name();
    live.transpose_st = transpose_of(instrument_of(track).instrument());
    TALKBACK_ASSIGN(const int source, add_instrument(track));
    live.instrument = dynamic_cast<InstrumentNode*>(graph_.entries[static_cast<std::size_t>(source)].node.get());
    TALKBACK_ASSIGN(const int before_fader, add_inserts(track, add_gain(track, source)));
    mix_ = {track_name_, session::id_of(track), add_fader(track, before_fader)};
    return live;
  }

  Frames length() const noexcept { return length_; }
  const GraphOutput& mix() const noexcept { return mix_; }
  const GraphOutput& master() const noexcept { return master_; }
  const std::vector<GraphOutput>& stems() const noexcept { return stems_; }
  // By track: where its inputs are added.
  const std::map<ObjectId, int>& sums() const noexcept { return sums_; }

 private:
  // Where a track's sound can be taken.
  struct Taps {
    int before_fader = -1;
    int after_fader = -1;
  };

  ParameterContext parameters() const { return {session_, tempo_}; }
  PlacementContext placement() const { return {session_, tempo_}; }

  // description: what does not move and decides about the sound.
  int add(std::unique_ptr<Node> node, std::vector<int> inputs, std::string_view description, std::string_view label,
          Keep keep = Keep::nothing) {
    GraphEntry entry;
    for (const int input : inputs)
      entry.latency_before = std::max(entry.latency_before, graph_.entries[static_cast<std::size_t>(input)].latency);
    entry.latency = entry.latency_before + node->latency();
    entry.track = track_name_;
    entry.label = label;
    entry.keep = keep;
    Sha256 fixed;
    fixed.update(fmt::format("{}|{}|{}|{}|{}|{}|", node->type(), node->version(), rate_.hz, node->channels(),
                             entry.latency_before.count, entry.latency.count));
    fixed.update(description);
    entry.fixed_key = fixed.finish();
    // Longer than any look beyond the ends.
    constexpr std::int64_t kBeyond = 1 << 22;
    std::string whole;
    append_key(whole, entry.fixed_key);
    node->describe(-kBeyond, length_.count + kBeyond, whole);
    for (const int input : inputs) append_key(whole, graph_.entries[static_cast<std::size_t>(input)].key);
    entry.key = sha256(whole);
    if (const auto known = known_.find(entry.key); known != known_.end()) {
      graph_.entries[static_cast<std::size_t>(known->second)].was_before = true;
      return known->second;
    }
    entry.node = std::move(node);
    entry.inputs = std::move(inputs);
    graph_.entries.push_back(std::move(entry));
    return static_cast<int>(graph_.entries.size()) - 1;
  }

  Frames latency_of(int entry) const { return graph_.entries[static_cast<std::size_t>(entry)].latency; }
  int channels_of(int entry) const { return graph_.entries[static_cast<std::size_t>(entry)].node->channels(); }

  Error named(Error error) const {
    error.message = fmt::format("{}: {}", track_name_, error.message);
    return error;
  }

  Result<void> build_master() {
    const v1::Object* object = session_.find(session::kMasterId);
    TALKBACK_CHECK(object != nullptr);
    const v1::Object master = session::with_defaults(*object);
    TALKBACK_ASSIGN(const std::vector<int> inputs, build_inputs(session::kMasterId, &stems_));
    track_name_ = master.track().name();
    const int mix = add_sum(session::kMasterId, inputs);
    TALKBACK_ASSIGN(const int before_fader, add_inserts(master, add_gain(master, mix)));
    mix_ = {"mix", session::kMasterId, mix};
    master_ = {"master", session::kMasterId, add_fader(master, before_fader, Keep::sound)};
    return {};
  }

  // The entries of everything that sounds at a track; stems: filled with the tracks whose output arrives there.
  Result<std::vector<int>> build_inputs(ObjectId track, std::vector<GraphOutput>* stems) {
    std::vector<int> inputs;
    for (const Connection& connection : routing_.audible_inputs(track)) {
      TALKBACK_ASSIGN(const Taps taps, build_track(connection.from));
      inputs.push_back(connection.send == nullptr ? taps.after_fader : add_send(*connection.send, taps));
      if (stems != nullptr) stems->push_back({track_name_, connection.from, inputs.back()});
    }
    return inputs;
  }

  Result<Taps> build_track(ObjectId id) {
    const v1::Object* object = session_.find(id);
    TALKBACK_CHECK(object != nullptr && object->has_track());
    if (const auto built = built_.find(id); built != built_.end()) {
      track_name_ = object->track().name();
      return built->second;
    }
    const v1::Object track = session::with_defaults(*object);
    TALKBACK_ASSIGN(const int source, build_source(track));
    TALKBACK_ASSIGN(const int before_fader, add_inserts(track, add_gain(track, source)));
    // Buses and folders cost as much as all that leads to them: theirs is worth keeping.
    const bool is_sum = track.track().kind() == v1::Track::BUS || track.track().kind() == v1::Track::FOLDER;
    const Taps taps{before_fader, add_fader(track, before_fader, is_sum ? Keep::lasting : Keep::nothing)};
    built_[id] = taps;
    return taps;
  }

  Result<int> build_source(const v1::Object& track) {
    track_name_ = track.track().name();
    switch (track.track().kind()) {
      case v1::Track::AUDIO:
        return add_clips(track);
      case v1::Track::INSTRUMENT:
        return add_instrument(track);
      default: {
        TALKBACK_ASSIGN(const std::vector<int> inputs, build_inputs(session::id_of(track), nullptr));
        track_name_ = track.track().name();
        return add_sum(session::id_of(track), inputs);
      }
    }
  }

  // All inputs are held back to the latest of them, and added; in groups only where there are very many.
  int add_sum(ObjectId track, const std::vector<int>& inputs) {
    Frames latest{};
    for (const int input : inputs) latest = std::max(latest, latency_of(input));
    const std::size_t group_size = inputs.size() / static_cast<std::size_t>(kGroupsMax) + 1;
    std::vector<int> groups;
    for (std::size_t first = 0; first < inputs.size(); first += group_size) {
      std::vector<int> group;
      for (std::size_t i = first; i < std::min(first + group_size, inputs.size()); ++i)
        group.push_back(hold_back(inputs[i], latest));
      groups.push_back(group.size() == 1 && channels_of(group[0]) == 2
                           ? group[0]
                           : add(std::make_unique<GroupNode>(), group, "", "sum"));
    }
    return sums_[track] = add(std::make_unique<SumNode>(), groups, "", "sum", Keep::exact);
  }

  Result<int> add_clips(const v1::Object& track) {
    std::vector<PlacedClip> clips = place_clips(placement(), track);
    int channels = 1;
    for (const PlacedClip& clip : clips) {
      const auto source = library_.describe(clip.blob_sha256, rate_, clip.stretch);
      if (!source) {
        Error error = source.error();
        error.message = fmt::format("{}: clip \"{}\": {}", track_name_, clip.name, error.message);
        return error;
      }
      if (source->channels > 2) {
        return Error{ErrorCode::invalid, fmt::format("{}: clip \"{}\" has {} channels; tracks play mono and stereo.",
                                                     track_name_, clip.name, source->channels)};
      }
      channels = std::max(channels, source->channels);
      if (source->not_finite > 0)
        graph_.warnings.push_back(
            fmt::format("{}: clip \"{}\": {} samples of its file are no numbers; they are silent.", track_name_,
                        clip.name, source->not_finite));
    }
    return add(std::make_unique<ClipReader>(track_name_, std::move(clips), channels, rate_, library_), {}, "", "clips");
  }

  // With defaults; a SoundFont player where the track has none.
  v1::Object instrument_of(const v1::Object& track) const {
    const auto objects = session_.children(session::id_of(track), v1::Object::kInstrument);
    v1::Object object = objects.empty() ? v1::Object() : *objects.front();
    if (objects.empty()) object.mutable_instrument()->mutable_soundfont();
    return session::with_defaults(object);
  }

  Result<int> add_instrument(const v1::Object& track) {
    const v1::Object object = instrument_of(track);
    std::string description;
    auto settings =
        instrument_settings(parameters(), object, {rate_, library_, options_.default_soundfont}, description);
    if (!settings) return named(settings.error());
    if (settings->instrument == nullptr) return add(std::make_unique<SumNode>(), {}, "", "silence");
    auto events = is_live_ ? std::vector<InstrumentEvent>{} : place_events(placement(), track, object, length_);
    if (!events) return named(events.error());
    return add(std::make_unique<InstrumentNode>(std::move(*settings), std::move(*events), rate_), {}, description,
               "instrument", Keep::sound);
  }

  int add_gain(const v1::Object& track, int input) {
    GainSettings settings;
    settings.level_db = parameter_curve(parameters(), track, "gain_db");
    settings.polarity_inverted = track.track().polarity_inverted();
    settings.has_pan = false;
    if (!settings.polarity_inverted && settings.level_db.is_constant() && settings.level_db.value_at(0) == 0.0)
      return input;
    return add_gain_node(std::move(settings), input, "gain");
  }

  Result<int> add_inserts(const v1::Object& track, int input) {
    for (const v1::Object* object : session_.children(session::id_of(track), v1::Object::kInsert)) {
      const v1::Object insert = session::with_defaults(*object);
      const std::string_view effect = effect_of(insert);
      if (effect.empty()) continue;
      const AutomationCurve bypassed = parameter_curve(parameters(), insert, "bypassed");
      if (bypassed.is_constant() && bypassed.value_at(0) >= 0.5) continue;
      std::string description;
      auto settings = insert_settings(parameters(), insert, library_, rate_, description);
      if (!settings) return named(settings.error());
      const bool spreads = settings->processor->spreads();
      const int channels = spreads ? 2 : channels_of(input);
      TALKBACK_ASSIGN(std::vector<int> inputs, add_side_chain(insert, *settings->processor, input));
      input = add(std::make_unique<InsertNode>(std::move(*settings), rate_, channels_of(input), channels),
                  std::move(inputs), description, effect);
    }
    return input;
  }

  // The effect's input and, where it has one, its side-chain, equally late.
  Result<std::vector<int>> add_side_chain(const v1::Object& insert, const effects::Processor& effect, int input) {
    const ObjectId id{insert.insert().side_chain_id()};
    if (session_.find(id) == nullptr || is_live_) return std::vector<int>{input};
    const std::string track = track_name_;
    if (!effect.has_side_chain()) {
      graph_.warnings.push_back(
          fmt::format("{}: {} listens to no other track; its side-chain is left out.", track, effect_of(insert)));
      return std::vector<int>{input};
    }
    TALKBACK_ASSIGN(const Taps taps, build_track(id));
    track_name_ = track;
    const Frames latest = std::max(latency_of(input), latency_of(taps.before_fader));
    return std::vector<int>{hold_back(input, latest), hold_back(taps.before_fader, latest)};
  }

  int hold_back(int entry, Frames latency) {
    const Frames delay = latency - latency_of(entry);
    if (delay.count == 0) return entry;
    return add(std::make_unique<DelayNode>(delay, channels_of(entry)), {entry}, "", "latency compensation");
  }

  dsp::PanLaw pan_law() const {
    switch (session_.settings().pan_law()) {
      case v1::Settings::MINUS_4_5_DB:
        return dsp::PanLaw::minus_4_5_db;
      case v1::Settings::MINUS_6_DB:
        return dsp::PanLaw::minus_6_db;
      case v1::Settings::ZERO_DB:
        return dsp::PanLaw::zero_db;
      default:
        return dsp::PanLaw::minus_3_db;
    }
  }

  void join_group(const v1::Object& track, GainSettings& settings) const {
    const v1::Object* object = session_.find(ObjectId{track.track().vca_id()});
    if (object == nullptr) return;
    const v1::Object group = session::with_defaults(*object);
    settings.group_db = parameter_curve(parameters(), group, "fader_db");
    settings.group_mute = parameter_curve(parameters(), group, "mute");
  }

  int add_fader(const v1::Object& track, int input, Keep keep = Keep::nothing) {
    GainSettings settings;
    settings.level_db = parameter_curve(parameters(), track, "fader_db");
    settings.pan = parameter_curve(parameters(), track, "pan");
    settings.mute = parameter_curve(parameters(), track, "mute");
    settings.pan_law = pan_law();
    join_group(track, settings);
    return add_gain_node(std::move(settings), input, "fader", keep);
  }

  int add_gain_node(GainSettings settings, int input, std::string_view label, Keep keep = Keep::nothing) {
    auto node = std::make_unique<GainNode>(std::move(settings), channels_of(input));
    const std::string description = node->fixed_description();
    return add(std::move(node), {input}, description, label, keep);
  }

  int add_send(const v1::Object& object, const Taps& taps) {
    const v1::Object send = session::with_defaults(object);
    int input = send.send().pre_fader() ? taps.before_fader : taps.after_fader;
    const v1::Object track = session::with_defaults(*session_.find(session::parent_of(object)));
    // A mute that moves silences what leaves before the fader, too.
    GainSettings gate;
    gate.mute = parameter_curve(parameters(), track, "mute");
    gate.has_pan = false;
    join_group(track, gate);
    gate.group_db = AutomationCurve(0.0);
    if (send.send().pre_fader() && !(gate.mute.is_constant() && gate.group_mute.is_constant()))
      input = add_gain_node(std::move(gate), input, "mute");
    GainSettings settings;
    settings.level_db = parameter_curve(parameters(), send, "level_db");
    settings.pan = parameter_curve(parameters(), send, "pan");
    settings.pan_law = pan_law();
    settings.mute = parameter_curve(parameters(), send, "mute");
    return add_gain_node(std::move(settings), input, "send");
  }

  const session::Session& session_;
  const CompileOptions& options_;
  SampleRate rate_;
  media::SourceLibrary& library_;
  timeline::TempoMap tempo_;
  Routing routing_;
  Frames length_;
  Graph& graph_;
  std::map<ContentKey, int> known_;
  std::map<ObjectId, Taps> built_;
  std::map<ObjectId, int> sums_;
  GraphOutput mix_;
  GraphOutput master_;
  std::vector<GraphOutput> stems_;
  std::string track_name_;
  bool is_live_ = false;
};

Result<SampleRate> rate_of(const session::Session& session, const CompileOptions& options) {
  const SampleRate rate =
      options.sample_rate_hz > 0 ? SampleRate{options.sample_rate_hz} : session::sample_rate_of(session);
  if (!is_supported(rate))
    return Error{ErrorCode::invalid, fmt::format("A sample rate of {} Hz is not supported.", rate.hz)};
  return rate;
}

}  // namespace

Frames length_of(const session::Session& session, SampleRate rate) {
  const timeline::TempoMap tempo = session::tempo_map(session, rate);
  const FramePosition end = end_of_clips({session, tempo});
  if (end.count == 0) return {0};
  const double tail = session::with_defaults(session.settings()).tail_s();
  return Frames{end.count + std::llround(tail * rate.hz)};
}

Result<Graph> compile(const session::Session& session, const CompileOptions& options, media::SourceLibrary& library) {
  TALKBACK_ASSIGN(const SampleRate rate, rate_of(session, options));
  Graph graph;
  graph.rate = rate;
  Compiler compiler(session, options, rate, library, graph);
  TALKBACK_TRY(compiler.run());
  graph.length = compiler.length();
  graph.mix = compiler.mix();
  graph.master = compiler.master();
  graph.stems = compiler.stems();
  graph.entries_of_session = static_cast<int>(graph.entries.size());
  graph.sums = compiler.sums();
  assign_buffers(graph);
  return graph;
}

Result<LiveGraph> compile_live(const session::Session& session, ObjectId track, const CompileOptions& options,
                               media::SourceLibrary& library) {
  TALKBACK_ASSIGN(const SampleRate rate, rate_of(session, options));
  const v1::Object* object = session.find(track);
  if (object == nullptr || !object->has_track() || object->track().kind() != v1::Track::INSTRUMENT)
    return Error{ErrorCode::invalid, "Only instrument tracks can be played on."};
  Graph graph;
  graph.rate = rate;
  Compiler compiler(session, options, rate, library, graph);
  TALKBACK_ASSIGN(LiveGraph live, compiler.run_live(*object));
  graph.mix = compiler.mix();
  assign_buffers(graph);
  live.graph = std::move(graph);
  return live;
}

void add_session_before(const session::Session& before, const CompileOptions& options, media::SourceLibrary& library,
                        Graph& graph) {
  const std::vector<std::string> warnings = graph.warnings;
  Compiler compiler(before, options, graph.rate, library, graph);
  const bool is_compiled = compiler.run().has_value();
  graph.warnings = warnings;
  if (!is_compiled) return graph.entries.resize(static_cast<std::size_t>(graph.entries_of_session));
  for (const auto& [track, entry] : graph.sums) {
    const auto pair = compiler.sums().find(track);
    if (pair != compiler.sums().end() && pair->second != entry) graph.sum_pairs.push_back({entry, pair->second});
  }
  graph.buffer_count = 0;
  assign_buffers(graph);
}

}  // namespace talkback::graph
