#include "engine/graph/instrument_node.hpp"

#include <algorithm>

#include "engine/dsp/decibel.hpp"
#include "engine/graph/content_key.hpp"

namespace talkback::graph {

namespace {

std::int64_t floor_to(std::int64_t frame, std::int64_t grid) noexcept {
  const std::int64_t rest = frame % grid;
  return frame - (rest < 0 ? rest + grid : rest);
}

}  // namespace

InstrumentNode::InstrumentNode(instruments::SoundFontPlayer player, std::vector<InstrumentEvent> events,
                               AutomationCurve gain_db)
    : player_(std::move(player)), events_(std::move(events)), gain_db_(std::move(gain_db)) {
  std::ranges::stable_sort(events_, {}, [](const InstrumentEvent& e) { return std::pair(e.frame, e.kind); });
  rendered_.resize(2, kBlockFrames);
}

void InstrumentNode::reset() noexcept {
  player_.reset();
  next_event_ = 0;
  has_started_ = false;
}

// Blocks hang on the song: events of the whole blocks at both ends decide.
void InstrumentNode::describe(std::int64_t begin, std::int64_t end, std::string& text) const {
  const auto first = std::ranges::lower_bound(events_, begin - kBlockFrames, {}, &InstrumentEvent::frame);
  for (auto event = first; event != events_.end() && event->frame < end + kBlockFrames; ++event)
    append_key(text, event->frame, static_cast<int>(event->kind), event->number, event->value);
  text += '|';
  gain_db_.describe(begin - kBlockFrames, end + kBlockFrames, text);
}

void InstrumentNode::play(const InstrumentEvent& event) noexcept {
  switch (event.kind) {
    case InstrumentEventKind::note_off:
      return player_.note_off(event.number);
    case InstrumentEventKind::control_change:
      return player_.control_change(event.number, event.value);
    case InstrumentEventKind::program_change:
      return player_.program_change(event.value);
    case InstrumentEventKind::pitch_bend:
      return player_.pitch_bend(event.value);
    case InstrumentEventKind::channel_pressure:
      return player_.channel_pressure(event.value);
    case InstrumentEventKind::key_pressure:
      return player_.key_pressure(event.number, event.value);
    case InstrumentEventKind::note_on:
      return player_.note_on(event.number, event.value);
  }
}

// Controllers before the start are caught up with; notes before it are not.
void InstrumentNode::start_at(std::int64_t frame) noexcept {
  has_started_ = true;
  const std::int64_t start = floor_to(frame, kBlockFrames);
  while (next_event_ < events_.size() && events_[next_event_].frame < start - kBlockFrames / 2) {
    const InstrumentEvent& event = events_[next_event_++];
    if (event.kind != InstrumentEventKind::note_on && event.kind != InstrumentEventKind::note_off) play(event);
  }
  render_block(start);
}

void InstrumentNode::render_block(std::int64_t start) noexcept {
  while (next_event_ < events_.size() && events_[next_event_].frame < start + kBlockFrames / 2)
    play(events_[next_event_++]);
  player_.render(rendered_.block());
  block_start_ = start;
  const double from = dsp::gain_from_db(gain_db_.value_at(start));
  const double to = dsp::gain_from_db(gain_db_.value_at(start + kBlockFrames));
  for (int c = 0; c < 2; ++c) {
    float* samples = rendered_.block().channel(c).data();
    for (int n = 0; n < kBlockFrames; ++n) samples[n] *= static_cast<float>(from + (to - from) * n / kBlockFrames);
  }
}

void InstrumentNode::process(std::span<const ConstAudioBlock>, AudioBlock output, FramePosition position) noexcept {
  if (!has_started_) start_at(position.count);
  for (int done = 0; done < output.frame_count();) {
    const std::int64_t frame = position.count + done;
    if (frame >= block_start_ + kBlockFrames) render_block(block_start_ + kBlockFrames);
    const auto offset = static_cast<int>(frame - block_start_);
    const int frames = std::min(kBlockFrames - offset, output.frame_count() - done);
    for (int c = 0; c < 2; ++c) {
      std::copy_n(rendered_.block().channel(c).data() + offset, frames, output.channel(c).data() + done);
    }
    done += frames;
  }
}

}  // namespace talkback::graph
