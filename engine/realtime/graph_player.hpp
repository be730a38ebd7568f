// Plays a session on the audio thread: the nodes of a render, with a transport, while the session is edited.
//
// Two threads own the two halves. The control thread asks for things, compiles and fills graphs (player_graph.hpp), and
// takes back what is not used any more; it calls service() every few ten milliseconds. The audio thread runs the graph
// from process(). Between them are queues and single atomics: the audio thread neither allocates nor locks nor calls
// the system. Clips are mapped files: a page that is not in memory makes it wait for the disk all the same, which the
// read-ahead (source_read_ahead.hpp) sees to, as well as anybody can.
//
// From a start at 0, and until something moves, the output is an offline render's, byte for byte, in blocks of any
// size; from a start elsewhere it is what render::MixStream gives there.
//
// Transport. locate() and a loop's end lead to another graph that was filled for that place: its latency is taken off,
// and what has memory (rooms, echoes) begins from silence there. The sounds cross over in kFadeSeconds, and stop()
// and play() within the song fade as long, so that nothing clicks. Stopped, everything rests as it is: play() goes on
// in mid-note. At the end of the song playing ends.
//
// Edits. Where entries stay what they are, only what changed is exchanged, at once (player_graph.hpp). Where the mixer
// is built differently (tracks, clips' channels, inserts, sends, mutes, latencies), the new graph is computed from
// kPreRollSeconds before the place on, on the control thread, and the sounds cross over: such an edit is heard as much
// later as that takes.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "engine/realtime/player_graph.hpp"
#include "engine/realtime/source_read_ahead.hpp"
#include "engine/session/session.hpp"

namespace talkback::realtime {

struct PlayerOptions {
  graph::CompileOptions compile = {};
  FramePosition start = {};
  // Thread::none: service() reads ahead.
  SourceReadAhead::Thread read_ahead = SourceReadAhead::Thread::own;
  // Beyond the end of the song it goes on in silence, as a recorder does.
  bool plays_on = false;
};

// [begin, end) of the song.
struct LoopRange {
  FramePosition begin;
  FramePosition end;
};

struct PlayerState {
  FramePosition position;  // of the next frame
  bool is_playing = false;
  bool is_over = false;        // the end of the song was reached
  std::uint64_t revision = 0;  // updates that are heard: 0 for the session of create()
  int xruns = 0;
  double load = 0.0;             // of the time that a block lasts, smoothed over about 100 blocks; 1: all of it
  double load_max = 0.0;         // the worst block since the last locate()
  std::int64_t late_frames = 0;  // of instruments that were not played ahead in time
};

class GraphPlayer {
 public:
  static constexpr double kPreRollSeconds = 3.0;

  // Compiles, maps and fills. library: outlives the player. Fails as graph::compile does: a missing source is told
  // here, before anything plays.
  static Result<std::unique_ptr<GraphPlayer>> create(session::Session session, const PlayerOptions& options,
                                                     media::SourceLibrary& library);
  // When process() is not called any more.
  ~GraphPlayer();

  // Control thread:

  void play();
  void stop();
  // Fails as create() does, where an edit came in between.
  Result<void> locate(FramePosition position);
  // Taken when the end is reached from before it; nullopt: none. Shorter than what it takes to fill a graph (some ten
  // milliseconds), a pass is played longer. Fails with invalid for a range of less than kLoopSecondsMin.
  Result<void> set_loop(std::optional<LoopRange> range);
  static constexpr double kLoopSecondsMin = 0.1;

  // The session has become this one. Heard after one of the next calls of service().
  void update(session::Session session);

  // Compiles what was updated, fills what will be needed, frees what came back. Fails as graph::compile does; what
  // plays goes on then.
  Result<void> service();

  // Feeds the tap from the point on, also after edits that keep it; meters.hpp makes meters of it. Fails with not_found
  // (no such track or insert) or exhausted.
  Result<void> subscribe(const MeterPoint& point, std::shared_ptr<MeterTap> tap);
  // The player keeps it until the audio thread has let go.
  void unsubscribe(const MeterTap& tap);
  // Where there is something to measure now: faders and inserts in the order of the signal, with their labels.
  std::vector<NamedMeterPoint> meter_points() const { return running_->meter_points(); }

  Frames length() const noexcept { return running_->length(); }
  SampleRate rate() const noexcept { return running_->rate(); }
  const std::vector<std::string>& warnings() const noexcept { return running_->warnings(); }

  // The two channels of any number of frames. [audio-thread]
  void process(AudioBlock out) noexcept TALKBACK_REALTIME;
  // The device lost sound. [any-thread]
  void count_xrun() noexcept { xruns_.fetch_add(1, std::memory_order_relaxed); }

  // [any-thread]
  PlayerState state() const noexcept;
  FramePosition position() const noexcept { return song_position(); }

 private:
  enum class Kind { play, stop, succeed, replace, arm_loop, set_loop, cancel, add_tap, remove_tap };
  static constexpr std::int64_t kAnyPlace = -1;

  struct Command {
    Kind kind = Kind::play;
    PlayerGraph* graph = nullptr;
    std::int64_t at = kAnyPlace;  // song frame at which to hand over
    LoopRange loop{};
    MeterTap* tap = nullptr;
    int entry = -1;
  };
  struct Reply {
    enum class Kind { taken, returned, let_go } kind = Kind::taken;
    PlayerGraph* graph = nullptr;
    MeterTap* tap = nullptr;
  };
  struct Subscription {
    MeterPoint point;
    std::shared_ptr<MeterTap> tap;
    bool ends = false;
  };

  GraphPlayer(session::Session session, const PlayerOptions& options, media::SourceLibrary& library);

  // Control thread.
  Result<PlayerGraph*> make_graph();
  void take_replies();
  void drop(PlayerGraph* graph);
  void tap_all(PlayerGraph& graph) const;
  void send(const Command& command);
  Result<void> hand_over_edit();
  Result<void> arm_loop();
  FramePosition song_position() const noexcept { return FramePosition{position_.load(std::memory_order_relaxed)}; }

  // Audio thread.
  void take_commands() noexcept;
  void give_back(PlayerGraph*& graph) noexcept;
  bool holds(const PlayerGraph* graph) const noexcept;
  void switch_to(PlayerGraph* graph, Kind kind) noexcept;
  void finish_fade() noexcept;
  void switch_while_stopped() noexcept;
  int frames_to_border(int frames) noexcept;
  void play_chunk(AudioBlock out) noexcept;
  void apply_gain(AudioBlock out) noexcept;
  void publish(std::chrono::steady_clock::time_point began, int frames) noexcept;

  // Control thread.
  session::Session session_;
  PlayerOptions options_;
  media::SourceLibrary& library_;
  std::uint64_t revision_ = 0;
  std::vector<std::unique_ptr<PlayerGraph>> graphs_;
  PlayerGraph* running_ = nullptr;  // as far as is known
  PlayerGraph* spare_ = nullptr;    // of the newest revision, free to be filled
  PlayerGraph* handed_over_ = nullptr;
  PlayerGraph* armed_graph_ = nullptr;
  std::optional<LoopRange> loop_;
  bool starts_before_loop_end_ = true;
  double margin_seconds_ = 0.1;
  std::uint64_t failed_revision_ = 0;
  std::vector<Subscription> subscriptions_;

  SpscQueue<Command, 1024> commands_;
  SpscQueue<Reply, 1024> replies_;

  // Audio thread.
  PlayerGraph* current_ = nullptr;
  PlayerGraph* fading_ = nullptr;
  bool fading_is_heard_ = false;  // else it lends its nodes
  int faded_frames_ = 0;
  PlayerGraph* pending_ = nullptr;
  Kind pending_kind_ = Kind::replace;
  std::int64_t pending_at_ = kAnyPlace;
  PlayerGraph* loop_graph_ = nullptr;
  LoopRange audio_loop_{};
  bool is_looping_ = false;
  bool plays_ = false;
  bool stops_ = false;  // fading out
  int fade_frames_ = 1;
  int gain_step_ = 0;  // of fade_frames_
  AudioBuffer scratch_;
  double smoothed_load_ = 0.0;

  std::atomic<std::int64_t> position_{0};
  std::atomic<bool> is_playing_{false};
  std::atomic<bool> is_over_{false};
  std::atomic<std::uint64_t> heard_revision_{0};
  std::atomic<int> xruns_{0};
  std::atomic<double> load_{0.0};
  std::atomic<double> load_max_{0.0};
  std::unique_ptr<SourceReadAhead> read_ahead_;
};

}  // namespace talkback::realtime
