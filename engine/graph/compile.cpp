#include "engine/graph/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/graph/clip_reader.hpp"
#include "engine/graph/gain_node.hpp"
#include "engine/graph/insert_node.hpp"
#include "engine/graph/instrument_node.hpp"
#include "engine/graph/parameters.hpp"
#include "engine/graph/placement.hpp"
#include "engine/graph/routing.hpp"
#include "engine/graph/sum_node.hpp"
#include "engine/session/defaults.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::graph {

namespace {

class Compiler {
 public:
  Compiler(const session::Session& session, const CompileOptions& options, SampleRate rate,
           media::SourceLibrary& library)
      : session_(session),
        options_(options),
        rate_(rate),
        library_(library),
        tempo_(session::tempo_map(session, rate)),
        routing_(session) {}

  Result<Graph> run() {
    graph_.rate = rate_;
    graph_.length = length_of(session_, rate_);
    if (graph_.length.count == 0)
      return Error{ErrorCode::invalid, "The session has no clips: there is nothing to play."};
    TALKBACK_TRY(build_master());
    assign_buffers();
    return std::move(graph_);
  }

 private:
  // Where a track's sound can be taken.
  struct Taps {
    int before_fader = -1;
    int after_fader = -1;
  };

  ParameterContext parameters() const { return {session_, tempo_}; }
  PlacementContext placement() const { return {session_, tempo_}; }

  int add(std::unique_ptr<Node> node, std::vector<int> inputs, std::string_view description) {
    GraphEntry entry;
    for (const int input : inputs)
      entry.latency_before = std::max(entry.latency_before, graph_.entries[static_cast<std::size_t>(input)].latency);
    entry.latency = entry.latency_before + node->latency();
    entry.track = track_name_;
    Sha256 key;
    key.update(fmt::format("{}|{}|{}|{}|{}|", node->type(), node->version(), rate_.hz, node->channels(),
                           entry.latency_before.count));
    key.update(description);
    for (const int input : inputs) {
      const GraphEntry& source = graph_.entries[static_cast<std::size_t>(input)];
      key.update(fmt::format("|{}:{}", to_hex(source.key), source.latency.count));
    }
    entry.key = key.finish();
    entry.node = std::move(node);
    entry.inputs = std::move(inputs);
    graph_.entries.push_back(std::move(entry));
    return static_cast<int>(graph_.entries.size()) - 1;
  }

  int channels_of(int entry) const { return graph_.entries[static_cast<std::size_t>(entry)].node->channels(); }

  Error named(Error error) const {
    error.message = fmt::format("{}: {}", track_name_, error.message);
    return error;
  }

  Result<void> build_master() {
    const v1::Object* object = session_.find(session::kMasterId);
    TALKBACK_CHECK(object != nullptr);
    const v1::Object master = session::with_defaults(*object);
    TALKBACK_ASSIGN(const std::vector<int> inputs, build_inputs(session::kMasterId, &graph_.stems));
    track_name_ = master.track().name();
    const int mix = add_sum(inputs);
    TALKBACK_ASSIGN(const int before_fader, add_inserts(master, add_gain(master, mix)));
    graph_.mix = {"mix", session::kMasterId, mix};
    graph_.master = {"master", session::kMasterId, add_fader(master, before_fader)};
    return {};
  }

  // The entries of everything that sounds at a track; stems: filled with the tracks whose output arrives there.
  Result<std::vector<int>> build_inputs(ObjectId track, std::vector<GraphOutput>* stems) {
    std::vector<int> inputs;
    for (const Connection& connection : routing_.audible_inputs(track)) {
      TALKBACK_ASSIGN(const Taps taps, build_track(connection.from));
      if (connection.send == nullptr) {
        inputs.push_back(taps.after_fader);
      } else {
        inputs.push_back(add_send(*connection.send, taps));
      }
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
    const Taps taps{before_fader, add_fader(track, before_fader)};
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
        return add_sum(inputs);
      }
    }
  }

  int add_sum(const std::vector<int>& inputs) {
    Frames latest{};
    for (const int input : inputs) latest = std::max(latest, graph_.entries[static_cast<std::size_t>(input)].latency);
    std::vector<Frames> delays;
    for (const int input : inputs) delays.push_back(latest - graph_.entries[static_cast<std::size_t>(input)].latency);
    return add(std::make_unique<SumNode>(std::move(delays)), inputs, "");
  }

  Result<int> add_clips(const v1::Object& track) {
    std::vector<PlacedClip> clips = place_clips(placement(), track);
    int channels = 1;
    std::string description;
    for (const PlacedClip& clip : clips) {
      const auto source = library_.describe(clip.blob_sha256, rate_);
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
      description +=
          fmt::format("{}:{}:{}:{}:{:a}:{}:{}:{}:{};", clip.blob_sha256, clip.start.count, clip.length.count,
                      clip.source_start.count, clip.gain, clip.fade_in.frames, static_cast<int>(clip.fade_in.shape),
                      clip.fade_out.frames, static_cast<int>(clip.fade_out.shape));
    }
    return add(std::make_unique<ClipReader>(track_name_, std::move(clips), channels, rate_, library_), {}, description);
  }

  Result<int> add_instrument(const v1::Object& track) {
    const auto instruments = session_.children(session::id_of(track), v1::Object::kInstrument);
    v1::Object instrument = instruments.empty() ? v1::Object() : *instruments.front();
    if (instruments.empty()) instrument.mutable_instrument()->mutable_soundfont();
    if (!instrument.instrument().has_soundfont()) return add_sum({});
    instrument = session::with_defaults(instrument);
    const v1::SoundFontPlayer& settings = instrument.instrument().soundfont();
    std::vector<InstrumentEvent> events = place_events(placement(), track, settings.transpose_st());
    auto font = find_soundfont(settings);
    if (!font) return named(font.error());
    const instruments::SoundFontProgram program{static_cast<int>(settings.bank()), static_cast<int>(settings.program()),
                                                settings.drums()};
    auto player = instruments::SoundFontPlayer::create(*font, rate_, program);
    if (!player) return named(player.error());
    AutomationCurve gain = parameter_curve(parameters(), instrument, "soundfont.gain_db");
    std::string description = fmt::format(
        "{}|{}|{}|{}|{}|", settings.blob_sha256().empty() ? font->filename().string() : settings.blob_sha256(),
        program.bank, program.program, program.drums, gain.description());
    for (const InstrumentEvent& event : events) {
      description += fmt::format("{}:{}:{}:{};", event.frame, static_cast<int>(event.kind), event.number, event.value);
    }
    return add(std::make_unique<InstrumentNode>(std::move(*player), std::move(events), std::move(gain)), {},
               description);
  }

  Result<std::filesystem::path> find_soundfont(const v1::SoundFontPlayer& settings) {
    if (!settings.blob_sha256().empty()) return library_.find_blob(settings.blob_sha256());
    if (!options_.default_soundfont.empty()) return options_.default_soundfont;
    return instruments::default_soundfont();
  }

  int add_gain(const v1::Object& track, int input) {
    GainSettings settings;
    settings.level_db = parameter_curve(parameters(), track, "gain_db");
    settings.polarity_inverted = track.track().polarity_inverted();
    settings.has_pan = false;
    if (!settings.polarity_inverted && settings.level_db.is_constant() && settings.level_db.value_at(0) == 0.0)
      return input;
    const std::string description =
        fmt::format("gain {} {}", settings.polarity_inverted, settings.level_db.description());
    return add(std::make_unique<GainNode>(std::move(settings), channels_of(input)), {input}, description);
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
      input = add(std::make_unique<InsertNode>(std::move(*settings), rate_, channels_of(input), channels), {input},
                  description);
    }
    return input;
  }

  int add_fader(const v1::Object& track, int input) {
    GainSettings settings;
    settings.level_db = parameter_curve(parameters(), track, "fader_db");
    settings.pan = parameter_curve(parameters(), track, "pan");
    settings.mute = parameter_curve(parameters(), track, "mute");
    const std::string description = fmt::format("fader {} {} {}", settings.level_db.description(),
                                                settings.pan.description(), settings.mute.description());
    return add(std::make_unique<GainNode>(std::move(settings), channels_of(input)), {input}, description);
  }

  int add_send(const v1::Object& object, const Taps& taps) {
    const v1::Object send = session::with_defaults(object);
    int input = send.send().pre_fader() ? taps.before_fader : taps.after_fader;
    const v1::Object track = session::with_defaults(*session_.find(session::parent_of(object)));
    const AutomationCurve track_mute = parameter_curve(parameters(), track, "mute");
    if (send.send().pre_fader() && !track_mute.is_constant()) {
      // A mute that moves silences what leaves before the fader, too.
      GainSettings gate;
      gate.mute = track_mute;
      gate.has_pan = false;
      const std::string description = "gate " + track_mute.description();
      input = add(std::make_unique<GainNode>(std::move(gate), channels_of(input)), {input}, description);
    }
    GainSettings settings;
    settings.level_db = parameter_curve(parameters(), send, "level_db");
    settings.pan = parameter_curve(parameters(), send, "pan");
    settings.mute = parameter_curve(parameters(), send, "mute");
    const std::string description = fmt::format("send {} {} {}", settings.level_db.description(),
                                                settings.pan.description(), settings.mute.description());
    return add(std::make_unique<GainNode>(std::move(settings), channels_of(input)), {input}, description);
  }

  // A node with one input works in place when nobody else reads that input, inside the graph or outside.
  void assign_buffers() {
    std::vector<int> readers(graph_.entries.size(), 0);
    for (const GraphEntry& entry : graph_.entries) {
      for (const int input : entry.inputs) ++readers[static_cast<std::size_t>(input)];
    }
    for (const GraphOutput& stem : graph_.stems) ++readers[static_cast<std::size_t>(stem.entry)];
    ++readers[static_cast<std::size_t>(graph_.mix.entry)];
    for (GraphEntry& entry : graph_.entries) {
      const bool in_place = entry.inputs.size() == 1 && readers[static_cast<std::size_t>(entry.inputs[0])] == 1 &&
                            entry.node->type() != "sum";
      entry.buffer =
          in_place ? graph_.entries[static_cast<std::size_t>(entry.inputs[0])].buffer : graph_.buffer_count++;
    }
  }

  const session::Session& session_;
  const CompileOptions& options_;
  SampleRate rate_;
  media::SourceLibrary& library_;
  timeline::TempoMap tempo_;
  Routing routing_;
  Graph graph_;
  std::map<ObjectId, Taps> built_;
  std::string track_name_;
};

}  // namespace

Frames length_of(const session::Session& session, SampleRate rate) {
  const timeline::TempoMap tempo = session::tempo_map(session, rate);
  const FramePosition end = end_of_clips({session, tempo});
  if (end.count == 0) return {0};
  const double tail = session::with_defaults(session.settings()).tail_s();
  return Frames{end.count + std::llround(tail * rate.hz)};
}

Result<Graph> compile(const session::Session& session, const CompileOptions& options, media::SourceLibrary& library) {
  const SampleRate rate =
      options.sample_rate_hz > 0 ? SampleRate{options.sample_rate_hz} : session::sample_rate_of(session);
  if (!is_supported(rate))
    return Error{ErrorCode::invalid, fmt::format("A sample rate of {} Hz is not supported.", rate.hz)};
  return Compiler(session, options, rate, library).run();
}

}  // namespace talkback::graph
