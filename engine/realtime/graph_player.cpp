// The control thread's half; the audio thread's is graph_player_process.cpp.
#include "engine/realtime/graph_player.hpp"

#include <algorithm>
#include <cmath>

namespace talkback::realtime {

namespace {

constexpr double kMarginSecondsMin = 0.1;
constexpr int kTriesMax = 3;

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

GraphPlayer::GraphPlayer(session::Session session, const PlayerOptions& options, media::SourceLibrary& library)
    : session_(std::move(session)), options_(options), library_(library), scratch_(2, PlayerGraph::kChunkFrames) {}

GraphPlayer::~GraphPlayer() = default;

Result<std::unique_ptr<GraphPlayer>> GraphPlayer::create(session::Session session, const PlayerOptions& options,
                                                         media::SourceLibrary& library) {
  std::unique_ptr<GraphPlayer> player(new GraphPlayer(std::move(session), options, library));
  TALKBACK_ASSIGN(PlayerGraph * graph, player->make_graph());
  graph->start_at(options.start, {});
  player->running_ = player->current_ = graph;
  player->fade_frames_ = std::max(1, static_cast<int>(std::lround(kFadeSeconds * graph->rate().hz)));
  player->position_.store(options.start.count);
  player->read_ahead_ = std::make_unique<SourceReadAhead>(player->position_, graph->rate(), options.read_ahead);
  player->read_ahead_->add(*graph);
  return player;
}

// Of the newest revision, and not in use: the spare one, or compiled.
Result<PlayerGraph*> GraphPlayer::make_graph() {
  if (spare_ != nullptr && spare_->revision() == revision_) return std::exchange(spare_, nullptr);
  graph::CompileOptions compile = options_.compile;
  // The device's rate does not change with the session.
  if (running_ != nullptr) compile.sample_rate_hz = running_->rate().hz;
  TALKBACK_ASSIGN(auto graph, PlayerGraph::create(session_, compile, library_, revision_));
  tap_all(*graph);
  graphs_.push_back(std::move(graph));
  if (read_ahead_) read_ahead_->add(*graphs_.back());
  return graphs_.back().get();
}

void GraphPlayer::tap_all(PlayerGraph& graph) const {
  graph.clear_taps();
  for (const Subscription& subscription : subscriptions_)
    if (!subscription.ends) graph.add_tap(*subscription.tap, graph.find_entry(subscription.point));
}

void GraphPlayer::drop(PlayerGraph* graph) {
  read_ahead_->remove(*graph);
  std::erase_if(graphs_, [&](const auto& owned) { return owned.get() == graph; });
}

// Commands are few: a queue that is full means that the audio thread stands still, and nothing can be asked of it.
void GraphPlayer::send(const Command& command) {
  const bool is_sent = commands_.push(command);
  TALKBACK_CHECK(is_sent);
}

void GraphPlayer::take_replies() {
  while (const auto reply = replies_.pop()) {
    PlayerGraph* const graph = reply->graph;
    if (reply->kind == Reply::Kind::let_go) {
      std::erase_if(subscriptions_, [&](const Subscription& s) { return s.ends && s.tap.get() == reply->tap; });
      continue;
    }
    if (graph == handed_over_) handed_over_ = nullptr;
    if (graph == armed_graph_) armed_graph_ = nullptr;
    if (reply->kind == Reply::Kind::taken) {
      running_ = graph;
      heard_revision_.store(graph->revision());
    } else if (graph->revision() == revision_ && spare_ == nullptr) {
      // What was asked for on the way back did not reach it.
      spare_ = graph;
      tap_all(*spare_);
    } else {
      drop(graph);
    }
  }
}

void GraphPlayer::play() { send({.kind = Kind::play}); }

void GraphPlayer::stop() { send({.kind = Kind::stop}); }

Result<void> GraphPlayer::locate(FramePosition position) {
  take_replies();
  TALKBACK_ASSIGN(PlayerGraph * graph, make_graph());
  graph->start_at(position, {});
  send({.kind = Kind::cancel});
  send({.kind = Kind::replace, .graph = graph});
  handed_over_ = graph;
  starts_before_loop_end_ = !loop_ || position < loop_->end;
  load_max_.store(0.0);
  return {};
}

Result<void> GraphPlayer::set_loop(std::optional<LoopRange> range) {
  if (range && seconds_of(range->end - range->begin, rate()) < kLoopSecondsMin)
    return Error{ErrorCode::invalid, "A loop lasts at least a tenth of a second; choose a later end."};
  loop_ = range;
  starts_before_loop_end_ = !range || song_position() < range->end;
  send({.kind = Kind::set_loop, .at = range ? 1 : kAnyPlace, .loop = range.value_or(LoopRange{})});
  return {};
}

void GraphPlayer::update(session::Session session) {
  session_ = std::move(session);
  ++revision_;
  if (spare_ != nullptr) drop(std::exchange(spare_, nullptr));
}

Result<void> GraphPlayer::service() {
  take_replies();
  if (options_.read_ahead == SourceReadAhead::Thread::none) read_ahead_->step();
  if (handed_over_ != nullptr) return {};
  if (running_->revision() != revision_ && failed_revision_ != revision_) {
    auto handed_over = hand_over_edit();
    if (!handed_over) failed_revision_ = revision_;
    return handed_over;
  }
  if (loop_ && armed_graph_ == nullptr && starts_before_loop_end_) return arm_loop();
  return {};
}

Result<void> GraphPlayer::hand_over_edit() {
  TALKBACK_ASSIGN(PlayerGraph * graph, make_graph());
  if (graph->is_equal(*running_)) {
    running_->set_revision(revision_);
    heard_revision_.store(revision_);
    spare_ = graph;
    return {};
  }
  const auto plan = graph->plan(*running_);
  Command command{.kind = plan ? Kind::succeed : Kind::replace, .graph = graph};
  const bool needs_place = !plan || PlayerGraph::needs_place(*graph, *plan);
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const bool plays = is_playing_.load();
    const auto began = std::chrono::steady_clock::now();
    // Where it plays, the place is ahead by as long as it takes to fill the graph.
    const Frames margin{plays && needs_place ? std::llround(margin_seconds_ * rate().hz) : 0};
    const FramePosition place = song_position() + margin;
    if (plan) {
      graph->prepare_succession(*plan, place);
    } else {
      graph->start_at(place, Frames{std::llround(kPreRollSeconds * rate().hz)});
    }
    command.at = needs_place ? place.count : kAnyPlace;
    if (needs_place) margin_seconds_ = std::max(kMarginSecondsMin, 1.5 * seconds_since(began) + kMarginSecondsMin / 2);
    if (!plays || !needs_place || song_position() < place) break;
  }
  send(command);
  handed_over_ = graph;
  return {};
}

Result<void> GraphPlayer::arm_loop() {
  TALKBACK_ASSIGN(PlayerGraph * graph, make_graph());
  graph->start_at(loop_->begin, {});
  send({.kind = Kind::arm_loop, .graph = graph});
  armed_graph_ = graph;
  return {};
}

Result<void> GraphPlayer::subscribe(const MeterPoint& point, std::shared_ptr<MeterTap> tap) {
  take_replies();
  const std::string name = point.track.empty() ? "the master" : "\"" + point.track + "\"";
  if (running_->find_entry(point) < 0)
    return Error{ErrorCode::not_found, point.insert < 0 ? "There is no sound of " + name + " to measure."
                                                        : "There is no such insert on " + name + " to measure."};
  if (subscriptions_.size() == static_cast<std::size_t>(kMeterTapsMax))
    return Error{ErrorCode::exhausted, "No more than " + std::to_string(kMeterTapsMax) + " places can be measured."};
  subscriptions_.push_back({point, tap});
  for (const auto& graph : graphs_) {
    const int entry = graph->find_entry(point);
    if (graph.get() == spare_) {
      graph->add_tap(*tap, entry);
    } else {
      send({.kind = Kind::add_tap, .graph = graph.get(), .tap = tap.get(), .entry = entry});
    }
  }
  return {};
}

void GraphPlayer::unsubscribe(const MeterTap& tap) {
  take_replies();
  for (Subscription& subscription : subscriptions_) {
    if (subscription.tap.get() != &tap) continue;
    subscription.ends = true;
    if (spare_ != nullptr) spare_->remove_tap(tap);
    send({.kind = Kind::remove_tap, .tap = subscription.tap.get()});
  }
}

PlayerState GraphPlayer::state() const noexcept {
  return {.position = song_position(),
          .is_playing = is_playing_.load(std::memory_order_relaxed),
          .is_over = is_over_.load(std::memory_order_relaxed),
          .revision = heard_revision_.load(std::memory_order_relaxed),
          .xruns = xruns_.load(std::memory_order_relaxed),
          .load = load_.load(std::memory_order_relaxed),
          .load_max = load_max_.load(std::memory_order_relaxed),
          .late_frames = read_ahead_->late_frames()};
}

}  // namespace talkback::realtime
