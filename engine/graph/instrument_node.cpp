#include "engine/graph/instrument_node.hpp"

#include <algorithm>
#include <limits>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/decibel.hpp"
#include "engine/graph/content_key.hpp"

namespace talkback::graph {

namespace {

std::int64_t floor_to(std::int64_t frame, std::int64_t grid) noexcept {
  const std::int64_t rest = frame % grid;
  return frame - (rest < 0 ? rest + grid : rest);
}

bool is_note(const InstrumentEvent& event) noexcept {
  return event.kind == InstrumentEventKind::note_on || event.kind == InstrumentEventKind::note_off;
}

}  // namespace

InstrumentNode::InstrumentNode(InstrumentSettings settings, std::vector<InstrumentEvent> events, SampleRate rate)
    : settings_(std::move(settings)), events_(std::move(events)), block_frames_(settings_.instrument->block_frames()) {
  std::ranges::stable_sort(events_, {}, [](const InstrumentEvent& e) { return std::pair(e.frame, e.kind); });
  settings_.instrument->prepare(rate);
  rendered_.resize(2, block_frames_);
}

void InstrumentNode::reset() noexcept {
  settings_.instrument->reset();
  next_event_ = 0;
  has_started_ = false;
}

Memory InstrumentNode::memory() const noexcept {
  return settings_.instrument->is_archivable() ? Memory::archived : Memory::replayed;
}

void InstrumentNode::archive(dsp::StateArchive& state) {
  state(has_started_);
  // Which line was visited last depends on the blocks. To set a line's values once more changes nothing.
  if (state.is_loading()) grid_line_ = std::numeric_limits<std::int64_t>::min();
  settings_.instrument->archive(state);
}

// Blocks and levels hang on the song: what lies just beyond both ends decides, too.
void InstrumentNode::describe(std::int64_t begin, std::int64_t end, std::string& text) const {
  constexpr std::int64_t kAhead = 2 * dsp::kControlFrames;
  for (std::size_t i = first_event_from(begin - block_frames_);
       i < events_.size() && events_[i].frame < end + block_frames_; ++i) {
    const InstrumentEvent& event = events_[i];
    append_key(text, event.frame, static_cast<int>(event.kind), event.number, event.value);
  }
  text += '|';
  settings_.gain_db.describe(begin - kLevelFrames, end + kLevelFrames, text);
  for (const MovingParameter& parameter : settings_.moving) parameter.describe(begin - kAhead, end + kAhead, text);
}

std::size_t InstrumentNode::first_event_from(std::int64_t frame) const noexcept {
  return static_cast<std::size_t>(std::ranges::lower_bound(events_, frame, {}, &InstrumentEvent::frame) -
                                  events_.begin());
}

void InstrumentNode::play(const InstrumentEvent& event) noexcept {
  instruments::Instrument& instrument = *settings_.instrument;
  switch (event.kind) {
    case InstrumentEventKind::note_off:
      return instrument.note_off(event.number);
    case InstrumentEventKind::control_change:
      return instrument.control_change(event.number, event.value);
    case InstrumentEventKind::program_change:
      return instrument.program_change(event.value);
    case InstrumentEventKind::pitch_bend:
      return instrument.pitch_bend(event.value);
    case InstrumentEventKind::channel_pressure:
      return instrument.channel_pressure(event.value);
    case InstrumentEventKind::key_pressure:
      return instrument.key_pressure(event.number, event.value);
    case InstrumentEventKind::note_on:
      return instrument.note_on(event.number, event.value);
  }
}

// Controllers before the start are caught up with; notes before it are not.
void InstrumentNode::start_at(std::int64_t frame) noexcept {
  has_started_ = true;
  grid_line_ = dsp::grid_line_before({frame});
  for (const MovingParameter& parameter : settings_.moving)
    settings_.instrument->set(parameter.index, parameter.value_at(grid_line_));
  if (!settings_.moving.empty()) settings_.instrument->reset();
  --grid_line_;
  const std::int64_t start = block_frames_ > 0 ? floor_to(frame, block_frames_) : frame;
  while (next_event_ < events_.size() && events_[next_event_].frame < start - block_frames_ / 2) {
    const InstrumentEvent& event = events_[next_event_++];
    if (!is_note(event)) play(event);
  }
  if (block_frames_ > 0) render_block(start);
}

void InstrumentNode::move_parameters(std::int64_t frame) noexcept {
  const std::int64_t line = dsp::grid_line_before({frame});
  if (line == grid_line_) return;
  grid_line_ = line;
  for (const MovingParameter& parameter : settings_.moving)
    settings_.instrument->set(parameter.index, parameter.value_at(line + dsp::kControlFrames));
}

void InstrumentNode::render_between_events(AudioBlock output, std::int64_t position) noexcept {
  // Events before this frame were played, here or before the state was saved that was loaded.
  next_event_ = first_event_from(position);
  for (int done = 0; done < output.frame_count();) {
    const std::int64_t frame = position + done;
    std::int64_t end = position + output.frame_count();
    if (!settings_.moving.empty()) {
      move_parameters(frame);
      end = std::min(end, grid_line_ + dsp::kControlFrames);
    }
    while (next_event_ < events_.size() && events_[next_event_].frame <= frame) play(events_[next_event_++]);
    if (next_event_ < events_.size()) end = std::min(end, events_[next_event_].frame);
    const auto frames = static_cast<int>(end - frame);
    settings_.instrument->render(output.slice(done, frames));
    done += frames;
  }
}

void InstrumentNode::render_block(std::int64_t start) noexcept {
  while (next_event_ < events_.size() && events_[next_event_].frame < start + block_frames_ / 2)
    play(events_[next_event_++]);
  settings_.instrument->render(rendered_.block());
  block_start_ = start;
}

void InstrumentNode::render_on_grid(AudioBlock output, std::int64_t position) noexcept {
  for (int done = 0; done < output.frame_count();) {
    const std::int64_t frame = position + done;
    if (frame >= block_start_ + block_frames_) render_block(block_start_ + block_frames_);
    const auto offset = static_cast<int>(frame - block_start_);
    const int frames = std::min(block_frames_ - offset, output.frame_count() - done);
    for (int c = 0; c < 2; ++c)
      std::copy_n(rendered_.block().channel(c).data() + offset, frames, output.channel(c).data() + done);
    done += frames;
  }
}

void InstrumentNode::apply_level(AudioBlock output, std::int64_t position) const noexcept {
  for (int done = 0; done < output.frame_count();) {
    const std::int64_t line = floor_to(position + done, kLevelFrames);
    const auto offset = static_cast<int>(position + done - line);
    const int frames = std::min(kLevelFrames - offset, output.frame_count() - done);
    const double from = dsp::gain_from_db(settings_.gain_db.value_at(line));
    const double to = dsp::gain_from_db(settings_.gain_db.value_at(line + kLevelFrames));
    for (int c = 0; c < 2; ++c) {
      float* samples = output.channel(c).data() + done;
      for (int n = 0; n < frames; ++n)
        samples[n] *= static_cast<float>(from + (to - from) * (offset + n) / kLevelFrames);
    }
    done += frames;
  }
}

void InstrumentNode::process(std::span<const ConstAudioBlock>, AudioBlock output, FramePosition position) noexcept {
  if (!has_started_) start_at(position.count);
  block_frames_ > 0 ? render_on_grid(output, position.count) : render_between_events(output, position.count);
  apply_level(output, position.count);
}

}  // namespace talkback::graph
