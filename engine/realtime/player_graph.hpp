// A compiled session that the audio thread can run: nodes prepared, buffers made, memories filled up to the place where
// it begins to play.
//
// The output is taken where the master's fader ends. It is late by the graph's latency, which is taken off: position()
// is the song frame that render() gives next. Begun at 0 and never changed, render() gives the samples of an offline
// render, byte for byte, in blocks of any size: memories settle at the same stream frames (dsp/state_archive.hpp).
//
// A graph of the session after an edit succeeds the one that plays where both have the same entries with the same
// connections (plan()). Then, at a border of blocks, each entry
//   - whose content is equal gets the old node with all that it remembers;
//   - with the memory of an effect takes that memory over, and glides to its new parameters (Node::take_over);
//   - with anything else (faders, sends, clips, instruments, effects in another mode) plays its old node for
//     kFadeSeconds more and crosses over to the new one, which first fills silently where it has a memory. An
//     instrument is played into the new place beforehand, so that notes that are held go on.
// Only what an edit changed is computed twice, and no sound jumps.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph/compile.hpp"
#include "engine/graph/entry_runner.hpp"
#include "engine/realtime/ahead_node.hpp"
#include "engine/realtime/meter_tap.hpp"

namespace talkback::realtime {

inline constexpr double kFadeSeconds = 0.010;

struct NamedMeterPoint {
  MeterPoint point;
  std::string track;  // the master has a name as well
  std::string label;  // "fader", "compressor"
};

// What is to be done with each entry of a graph that succeeds another.
enum class Succession { keep, take_over, fade };

class PlayerGraph {
 public:
  // How much is computed at once. Longer blocks are cut, which changes no sample.
  static constexpr int kChunkFrames = 512;
  // As render::RunnerOptions::settle_frames.
  static constexpr int kSettleFrames = 65'536;

  // Compiles and prepares. Sources are mapped, which decodes what is no WAV of the session's rate: not for the audio
  // thread. Fails as graph::compile does. revision: whatever the owner counts.
  static Result<std::unique_ptr<PlayerGraph>> create(const session::Session& session,
                                                     const graph::CompileOptions& options,
                                                     media::SourceLibrary& library, std::uint64_t revision);

  // While the graph does not play, not for the audio thread:

  // The next frame is the song's at `position`. What has memory starts from silence there, or so long before (rooms
  // ring, compressors have heard). It costs as much as that time takes to compute.
  void start_at(FramePosition position, Frames pre_roll);

  // How this graph may succeed `before`, by entry; nullopt where it has to replace it as a whole.
  std::optional<std::vector<Succession>> plan(const PlayerGraph& before) const;
  // Gives the same sound as `before` everywhere.
  bool is_equal(const PlayerGraph& before) const;
  // Makes ready to succeed at song frame `at` a graph that is as `plan` says. needs_place: whether `at` matters.
  void prepare_succession(std::vector<Succession> plan, FramePosition at);
  static bool needs_place(const PlayerGraph& graph, const std::vector<Succession>& plan);

  // The entry whose sound is heard at a point; -1 where the session has none. Tracks that are the same in every setting
  // and sound are computed once, under the name of the first.
  int find_entry(const MeterPoint& point) const;
  void add_tap(MeterTap& tap, int entry) noexcept;  // also [audio-thread]
  void remove_tap(const MeterTap& tap) noexcept;    // also [audio-thread]
  void clear_taps() noexcept { tap_count_ = 0; }
  // From now on until start_at(): another graph is heard. [audio-thread]
  void rest_taps() noexcept { taps_rest_ = true; }
  std::vector<NamedMeterPoint> meter_points() const;

  std::uint64_t revision() const noexcept { return revision_; }
  void set_revision(std::uint64_t revision) noexcept { revision_ = revision; }
  Frames length() const noexcept { return graph_.length; }
  SampleRate rate() const noexcept { return graph_.rate; }
  const std::vector<std::string>& warnings() const noexcept { return graph_.warnings; }
  const std::vector<graph::SourceStretch>& sources() const noexcept { return sources_; }
  // Of its own nodes; while it does not play and has not succeeded.
  std::vector<std::shared_ptr<AheadSource>> ahead() const;

  // [audio-thread]:

  // Fills two channels of at most kChunkFrames and moves on.
  void render(AudioBlock out) noexcept TALKBACK_REALTIME;
  FramePosition position() const noexcept { return stream_ - latency_; }
  // Goes on where `before` is, with its nodes; `before` must live until is_changing() is false or finish_change().
  void succeed(PlayerGraph& before) noexcept TALKBACK_REALTIME;
  bool is_changing() const noexcept { return changing_ > 0; }
  void finish_change() noexcept TALKBACK_REALTIME;

 private:
  // What decides about plan(), apart from the nodes, which wander from graph to graph.
  struct Shape {
    graph::ContentKey content{};  // of the entry alone
    std::string take_over_key;
    int channels = 2;
    bool has_memory = false;
  };
  struct Change {
    graph::Node* before = nullptr;
    int warm_frames = 0;
    int done = 0;
    AudioBuffer sound;
  };
  struct Tap {
    int entry = -1;
    MeterTap* tap = nullptr;
  };

  PlayerGraph(graph::Graph graph, std::uint64_t revision);

  struct TapPlace {
    NamedMeterPoint point;
    int entry = -1;
  };

  Result<void> prepare();
  void list_points();
  const graph::GraphEntry& entry(int number) const { return graph_.entries[static_cast<std::size_t>(number)]; }
  bool is_source(int number) const {
    return entry(number).inputs.empty() && shapes_[static_cast<std::size_t>(number)].has_memory;
  }
  void start_node(int number, FramePosition stream);
  void fill_ahead();
  void pre_roll_source(int number, FramePosition at);
  void run_chunk(AudioBlock out) noexcept;
  void run_change(Change& change, int number, int frames) noexcept;

  graph::Graph graph_;
  std::uint64_t revision_;
  int output_;
  Frames latency_{};
  int fade_frames_;
  std::vector<int> order_;
  std::unique_ptr<graph::EntryRunner> runner_;
  std::vector<Shape> shapes_;
  std::vector<graph::SourceStretch> sources_;
  std::vector<int> ahead_entries_;
  FramePosition stream_{};
  std::vector<Succession> plan_;
  std::vector<Change> changes_;  // by entry; before: null where nothing changes
  int changing_ = 0;
  std::vector<TapPlace> points_;
  std::array<Tap, kMeterTapsMax> taps_{};  // by entry
  int tap_count_ = 0;
  bool taps_rest_ = false;
};

}  // namespace talkback::realtime
