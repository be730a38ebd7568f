// The audio thread's half of the player.
#include <algorithm>

#include "engine/dsp/denormals.hpp"
#include "engine/realtime/graph_player.hpp"

namespace talkback::realtime {

void GraphPlayer::process(AudioBlock out) noexcept TALKBACK_REALTIME {
  const auto began = std::chrono::steady_clock::now();
  const dsp::DenormalsOff denormals_off;
  take_commands();
  int done = 0;
  while (plays_ && done < out.frame_count()) {
    const int frames = frames_to_border(out.frame_count() - done);
    if (frames == 0) break;
    play_chunk(out.slice(done, frames));
    done += frames;
  }
  clear(out.slice(done, out.frame_count() - done));
  if (!plays_) switch_while_stopped();
  publish(began, out.frame_count());
}

void GraphPlayer::take_commands() noexcept {
  while (const auto command = commands_.pop()) {
    switch (command->kind) {
      case Kind::play:
        plays_ = true;
        stops_ = false;
        is_over_.store(false, std::memory_order_relaxed);
        // The start of the song is not faded: it is what a render gives.
        if (current_->position().count <= 0) gain_step_ = fade_frames_;
        break;
      case Kind::stop:
        stops_ = plays_;
        break;
      case Kind::succeed:
      case Kind::replace:
        give_back(pending_);
        pending_ = command->graph;
        pending_kind_ = command->kind;
        pending_at_ = command->at;
        break;
      case Kind::arm_loop:
        give_back(loop_graph_);
        loop_graph_ = command->graph;
        break;
      case Kind::set_loop:
        give_back(loop_graph_);
        is_looping_ = command->at != kAnyPlace;
        audio_loop_ = command->loop;
        break;
      case Kind::cancel:
        give_back(pending_);
        give_back(loop_graph_);
        break;
      case Kind::add_tap:
        if (holds(command->graph)) command->graph->add_tap(*command->tap, command->entry);
        break;
      case Kind::remove_tap:
        for (PlayerGraph* graph : {current_, fading_, pending_, loop_graph_})
          if (graph != nullptr) graph->remove_tap(*command->tap);
        replies_.push({.kind = Reply::Kind::let_go, .tap = command->tap});
        break;
    }
  }
}

// A graph may have been given back while the command was on its way.
bool GraphPlayer::holds(const PlayerGraph* graph) const noexcept {
  return graph == current_ || graph == fading_ || graph == pending_ || graph == loop_graph_;
}

// There are far fewer graphs than places in the queue.
void GraphPlayer::give_back(PlayerGraph*& graph) noexcept {
  if (graph != nullptr) replies_.push({.kind = Reply::Kind::returned, .graph = graph});
  graph = nullptr;
}

void GraphPlayer::finish_fade() noexcept {
  if (fading_ == nullptr) return;
  current_->finish_change();
  give_back(fading_);
}

void GraphPlayer::switch_to(PlayerGraph* graph, Kind kind) noexcept {
  finish_fade();
  fading_ = current_;
  current_ = graph;
  faded_frames_ = 0;
  fading_is_heard_ = kind == Kind::replace;
  kind == Kind::succeed ? current_->succeed(*fading_) : fading_->rest_taps();
  replies_.push({.kind = Reply::Kind::taken, .graph = current_});
  const bool is_needed = kind == Kind::succeed ? current_->is_changing() : plays_ && gain_step_ > 0;
  if (!is_needed) give_back(fading_);
}

void GraphPlayer::switch_while_stopped() noexcept {
  if (pending_ == nullptr) return;
  if (pending_at_ != kAnyPlace && pending_at_ != current_->position().count) return give_back(pending_);
  give_back(loop_graph_);
  switch_to(std::exchange(pending_, nullptr), pending_kind_);
}

// How much may be played until something is due; what is due now is done. 0: the song has ended.
int GraphPlayer::frames_to_border(int frames) noexcept {
  frames = std::min(frames, PlayerGraph::kChunkFrames);
  std::int64_t position = current_->position().count;
  if (pending_ != nullptr && (pending_at_ == kAnyPlace ? fading_ == nullptr : pending_at_ == position)) {
    give_back(loop_graph_);
    switch_to(std::exchange(pending_, nullptr), pending_kind_);
    position = current_->position().count;
  } else if (pending_ != nullptr && pending_at_ != kAnyPlace && pending_at_ < position) {
    give_back(pending_);
  }
  if (is_looping_ && loop_graph_ != nullptr && position >= audio_loop_.end.count) {
    if (pending_at_ != kAnyPlace) give_back(pending_);
    switch_to(std::exchange(loop_graph_, nullptr), Kind::replace);
    position = current_->position().count;
  }
  std::int64_t border = options_.plays_on ? position + frames : current_->length().count;
  if (is_looping_) border = std::max(border, audio_loop_.end.count + frames);
  if (position >= border) {
    plays_ = stops_ = false;
    gain_step_ = 0;
    finish_fade();
    is_over_.store(true, std::memory_order_relaxed);
    return 0;
  }
  if (is_looping_ && loop_graph_ != nullptr) border = std::min(border, audio_loop_.end.count);
  if (pending_ != nullptr && pending_at_ != kAnyPlace) border = std::min(border, pending_at_);
  if (fading_ != nullptr && fading_is_heard_) frames = std::min(frames, fade_frames_ - faded_frames_);
  if (stops_) frames = std::min(frames, std::max(gain_step_, 1));
  return static_cast<int>(std::min<std::int64_t>(frames, border - position));
}

void GraphPlayer::play_chunk(AudioBlock out) noexcept {
  const AudioBlock pair = out;
  current_->render(pair);
  if (fading_ != nullptr && fading_is_heard_) {
    const AudioBlock old = scratch_.block().slice(0, out.frame_count());
    fading_->render(old);
    for (int c = 0; c < 2; ++c) {
      for (std::size_t n = 0; n < old.channel(c).size(); ++n) {
        const float part =
            static_cast<float>(faded_frames_ + static_cast<int>(n) + 1) / static_cast<float>(fade_frames_);
        float& sample = pair.channel(c)[n];
        sample = old.channel(c)[n] + (sample - old.channel(c)[n]) * part;
      }
    }
    faded_frames_ += out.frame_count();
    if (faded_frames_ >= fade_frames_) give_back(fading_);
  } else if (fading_ != nullptr && !current_->is_changing()) {
    give_back(fading_);
  }
  apply_gain(pair);
}

void GraphPlayer::apply_gain(AudioBlock out) noexcept {
  if (!stops_ && gain_step_ == fade_frames_) return;
  for (int n = 0; n < out.frame_count(); ++n) {
    gain_step_ = std::clamp(gain_step_ + (stops_ ? -1 : 1), 0, fade_frames_);
    const float gain = static_cast<float>(gain_step_) / static_cast<float>(fade_frames_);
    for (int c = 0; c < 2; ++c) out.channel(c)[static_cast<std::size_t>(n)] *= gain;
  }
  if (stops_ && gain_step_ == 0) {
    plays_ = stops_ = false;
    finish_fade();
  }
}

void GraphPlayer::publish(std::chrono::steady_clock::time_point began, int frames) noexcept {
  position_.store(current_->position().count, std::memory_order_relaxed);
  is_playing_.store(plays_, std::memory_order_relaxed);
  if (frames == 0) return;
  constexpr double kSmoothing = 0.01;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const double load = seconds * current_->rate().hz / frames;
  smoothed_load_ += (load - smoothed_load_) * kSmoothing;
  load_.store(smoothed_load_, std::memory_order_relaxed);
  if (load > load_max_.load(std::memory_order_relaxed)) load_max_.store(load, std::memory_order_relaxed);
}

}  // namespace talkback::realtime
