#include "client/recorder/recording.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace talkback::recorder {
namespace {

// How long the disk may stall before sound is lost.
constexpr int kRingSeconds = 10;
constexpr float kClipLevel = 0.99999F;
// Marks that would come with every block come no closer than this: the events of a stalled disk still fit.
constexpr int kMarksPerSecondMax = 20;
constexpr int kClocksPerSecond = 1;
static_assert(2 * kMarksPerSecondMax * kRingSeconds < Recording::kEventsMax / 4);

}  // namespace

using Kind = CaptureEvent::Kind;

Recording::Recording(const RecordingOptions& options, realtime::GraphPlayer& player, const Click* count_in,
                     const Click* song)
    : options_(options),
      round_trip_max_(std::int64_t{kRoundTripSecondsMax} * options.rate.hz),
      player_(player),
      count_in_click_(count_in),
      song_click_(song),
      ring_(options.channels, kRingSeconds * options.rate.hz),
      writer_(ring_),
      song_next_(options.start.count),
      records_(options.records) {
  records_shown_.store(records_);
  song_shown_.store(options.start.count);
}

void Recording::note(Kind kind, std::int64_t frame, std::int64_t value) noexcept { events_.push({kind, frame, value}); }

ConstAudioBlock Recording::chosen(ConstAudioBlock input) const noexcept {
  std::array<const float*, kChannelsMax> channels{};
  for (std::size_t c = 0; c < static_cast<std::size_t>(options_.channels); ++c) {
    const int from = options_.inputs.empty() ? static_cast<int>(c) : options_.inputs[c] - 1;
    channels[c] = input.channel(std::min(from, input.channel_count() - 1)).data();
  }
  return {std::span<const float* const>(channels.data(), static_cast<std::size_t>(options_.channels)),
          input.frame_count()};
}

void Recording::process(ConstAudioBlock device_input, AudioBlock output,
                        const device::StreamTime& time) noexcept TALKBACK_REALTIME {
  calls_.fetch_add(1, std::memory_order_relaxed);
  buffer_frames_.store(std::max(buffer_frames_.load(std::memory_order_relaxed), time.buffer_frames),
                       std::memory_order_relaxed);
  const ConstAudioBlock input = chosen(device_input);
  if (is_first_) {
    round_trip_.store(time.round_trip.count);
    const bool is_believable = time.round_trip.count >= 0 && time.round_trip.count <= round_trip_max_;
    const Frames latency = options_.latency.value_or(is_believable ? time.round_trip : Frames{0});
    latency_shown_.store(latency.count);
    is_measured_.store(options_.latency.has_value());
    note(Kind::latency, options_.latency ? 1 : 0, latency.count);
    if (records_) note(Kind::record_on, 0);
    is_first_ = false;
  }
  if (time.xrun) {
    xruns_.fetch_add(1);
    player_.count_xrun();
  }
  const bool was_capturing = phase_ != Phase::stopped && phase_ != Phase::held;
  take_commands();
  play(output);
  const bool is_capturing = phase_ != Phase::stopped && phase_ != Phase::held;
  measure(input);
  if (options_.monitor == Monitor::soft)
    for (int c = 0; c < output.channel_count(); ++c) {
      const std::span<const float> heard = input.channel(std::min(c, input.channel_count() - 1));
      const std::span<float> out = output.channel(c);
      for (std::size_t n = 0; n < out.size(); ++n) out[n] += heard[n];
    }
  xrun_now_ = time.xrun;
  if (was_capturing || is_capturing) capture(input);
  if (phase_ == Phase::stopped && tail_completes_) is_complete_.store(true, std::memory_order_release);
  phase_shown_.store(phase_, std::memory_order_release);
  records_shown_.store(records_, std::memory_order_relaxed);
  passes_shown_.store(passes_, std::memory_order_relaxed);
}

void Recording::take_commands() noexcept {
  while (const auto command = commands_.pop()) {
    switch (command->kind) {
      case Command::Kind::stop:
        if (phase_ == Phase::rolling) {
          if (rolls_) note(Kind::stop, frame_at(0));
          begin_tail();
        } else if (phase_ != Phase::tail) {
          phase_ = Phase::stopped;
        }
        break;
      case Command::Kind::hold:
        if (phase_ == Phase::rolling && rolls_) note(Kind::stop, frame_at(0));
        phase_ = Phase::held;
        break;
      case Command::Kind::roll:
        phase_ = Phase::counting_in;
        counted_ = 0;
        options_.start = command->start;
        song_next_ = command->start.count;
        rolls_ = false;
        passes_ = 1;
        tail_completes_ = false;
        is_complete_.store(false);
        break;
      case Command::Kind::record:
      case Command::Kind::pass_over: {
        const bool records = command->kind == Command::Kind::record;
        if (records != records_) note(records ? Kind::record_on : Kind::record_off, frame_at(0));
        records_ = records;
        break;
      }
      case Command::Kind::loop:
        options_.loop.reset();
        if (command->loop.end > command->loop.begin) options_.loop = command->loop;
        options_.passes_max = 0;
        break;
      case Command::Kind::cue:
        note(Kind::cue, frame_at(0));
        break;
      case Command::Kind::latency:
        latency_shown_.store(command->start.count);
        is_measured_.store(true);
        note(Kind::latency, 1, command->start.count);
        break;
    }
  }
}

void Recording::begin_tail() noexcept {
  phase_ = Phase::tail;
  tail_frames_ = latency_shown_.load(std::memory_order_relaxed);
}

void Recording::play(AudioBlock output) noexcept {
  int done = 0;
  const int frames = output.frame_count();
  while (done < frames) {
    const AudioBlock rest = output.slice(done, frames - done);
    if (phase_ == Phase::counting_in) {
      done += count_in(rest);
    } else if (phase_ == Phase::rolling) {
      done += roll(rest, done);
    } else {
      if (phase_ == Phase::held || tail_completes_)
        clear(rest);
      else
        player_.process(rest);
      if (phase_ == Phase::tail) {
        tail_frames_ -= rest.frame_count();
        if (tail_frames_ <= 0) phase_ = Phase::stopped;
      }
      done = frames;
    }
  }
}

int Recording::count_in(AudioBlock output) noexcept {
  const auto frames =
      static_cast<int>(std::min<std::int64_t>(output.frame_count(), options_.count_in.count - counted_));
  const AudioBlock counted = output.slice(0, frames);
  clear(counted);
  if (count_in_click_ != nullptr) count_in_click_->add(FramePosition{counted_}, counted);
  counted_ += frames;
  song_shown_.store(options_.start.count - (options_.count_in.count - counted_), std::memory_order_relaxed);
  if (counted_ >= options_.count_in.count) phase_ = Phase::rolling;
  return frames;
}

int Recording::roll(AudioBlock output, int done) noexcept {
  int frames = output.frame_count();
  const auto stop_at = [&](FramePosition end) {
    frames = static_cast<int>(std::clamp<std::int64_t>(end.count - song_next_, 0, frames));
  };
  if (options_.end) stop_at(*options_.end);
  if (options_.loop && options_.passes_max > 0 && passes_ >= options_.passes_max) stop_at(options_.loop->end);
  const AudioBlock played = output.slice(0, frames);
  if (frames > 0) {
    player_.process(played);
    watch(played, done);
  }
  if (frames < output.frame_count()) {
    note(Kind::stop, frame_at(done + frames));
    tail_completes_ = true;
    begin_tail();
  }
  return frames;
}

// What was just played began where the song was expected, went back to the loop's start within the block, or jumped
// with the block's first frame.
void Recording::watch(AudioBlock played, int done) noexcept {
  const int frames = played.frame_count();
  const std::int64_t after = player_.position().count;
  const bool goes_on = after - frames == song_next_;
  if (goes_on || is_wrap(after, frames)) {
    if (!rolls_) note(Kind::roll, frame_at(done), song_next_);
    const int before = goes_on ? frames : frames - static_cast<int>(after - options_.loop->begin.count);
    click(song_next_, played.slice(0, before));
    if (!goes_on) {
      note(Kind::roll, frame_at(done + before), options_.loop->begin.count);
      ++passes_;
      click(options_.loop->begin.count, played.slice(before, frames - before));
    }
  } else {
    note(Kind::roll, frame_at(done), after - frames);
    click(after - frames, played);
  }
  rolls_ = true;
  song_next_ = after;
  song_shown_.store(after, std::memory_order_relaxed);
}

bool Recording::is_wrap(std::int64_t after, int frames) const noexcept {
  if (!rolls_ || !options_.loop) return false;
  const std::int64_t since = after - options_.loop->begin.count;
  return since >= 0 && since <= frames && song_next_ + frames - since >= options_.loop->end.count;
}

void Recording::click(std::int64_t song, AudioBlock played) const noexcept {
  if (song_click_ != nullptr && played.frame_count() > 0) song_click_->add(FramePosition{song}, played);
}

void Recording::measure(ConstAudioBlock input) noexcept {
  bool clips = false;
  for (int c = 0; c < input.channel_count(); ++c) {
    float peak = 0.0F;
    for (const float sample : input.channel(c)) peak = std::max(peak, std::abs(sample));
    clips = clips || peak >= kClipLevel;
    auto& shown = peaks_[static_cast<std::size_t>(c)];
    if (peak > shown.load(std::memory_order_relaxed)) shown.store(peak, std::memory_order_relaxed);
  }
  if (clips) clips_.fetch_add(1, std::memory_order_relaxed);
  clips_now_ = clips;
}

void Recording::capture(ConstAudioBlock input) noexcept {
  const std::int64_t at = captured_.load(std::memory_order_relaxed);
  const std::int64_t mark_distance = options_.rate.hz / kMarksPerSecondMax;
  if (clips_now_ && at >= clip_due_) {
    note(Kind::clip, at);
    clip_due_ = at + mark_distance;
  }
  if (xrun_now_ && at >= xrun_due_) {
    note(Kind::xrun, at);
    xrun_due_ = at + mark_distance;
  }
  if (at >= clock_due_) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    note(Kind::clock, at, std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
    clock_due_ = at + options_.rate.hz / kClocksPerSecond;
  }
  // After a stall the lost frames are made up with silence first, so that everything behind them stays in its place.
  if (gap_frames_ > 0) {
    gap_frames_ -= writer_.write_silence(gap_frames_);
    if (gap_frames_ == 0) note(Kind::lost, gap_start_, at - gap_start_);
  }
  const int taken = gap_frames_ > 0 ? 0 : writer_.write(input);
  const int lost = input.frame_count() - taken;
  if (lost > 0) {
    if (gap_frames_ == 0) gap_start_ = at + taken;
    gap_frames_ += lost;
    lost_frames_.fetch_add(lost, std::memory_order_relaxed);
  }
  captured_.store(at + input.frame_count(), std::memory_order_release);
}

}  // namespace talkback::recorder
