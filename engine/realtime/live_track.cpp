#include "engine/realtime/live_track.hpp"

#include <algorithm>

#include "engine/dsp/denormals.hpp"

namespace talkback::realtime {

LiveTrack::LiveTrack(graph::LiveGraph live, FramePosition start) : live_(std::move(live)), position_(start) {
  order_ = graph::entries_for(live_.graph, {live_.graph.mix.entry});
  runner_ = std::make_unique<graph::EntryRunner>(live_.graph, order_, kChunkFrames);
  is_foreign_ = live_.instrument != nullptr && live_.instrument->memory() == graph::Memory::replayed;
}

Result<std::unique_ptr<LiveTrack>> LiveTrack::create(const session::Session& session, ObjectId track,
                                                     FramePosition start, const graph::CompileOptions& options,
                                                     media::SourceLibrary& library) {
  TALKBACK_ASSIGN(graph::LiveGraph live, graph::compile_live(session, track, options, library));
  std::unique_ptr<LiveTrack> result(new LiveTrack(std::move(live), start));
  for (const int number : result->order_) {
    TALKBACK_TRY(result->live_.graph.entries[static_cast<std::size_t>(number)].node->prepare_realtime());
    // A call of no frames: whatever a node does at its first one is done here.
    result->runner_->run(number, start, 0);
  }
  return result;
}

int LiveTrack::offset_of(const LiveEvent& event, const LiveBlock& block) const noexcept {
  const std::int64_t units = std::clamp(event.time - block.time, -block.units_per_second, block.units_per_second);
  return static_cast<int>(units * live_.graph.rate.hz / block.units_per_second) + delay_frames_;
}

void LiveTrack::play(const LiveEvent& event) noexcept {
  using Kind = graph::InstrumentEventKind;
  graph::InstrumentNode& instrument = *live_.instrument;
  const int first = event.first & 0x7f;
  const int second = event.second & 0x7f;
  const int pitch = first + live_.transpose_st;
  const bool has_pitch = pitch >= 0 && pitch <= 127;
  switch (event.status & 0xf0) {
    case 0x00:
      return instrument.release_all();
    case 0x80:
      if (has_pitch) instrument.play({0, Kind::note_off, pitch, 0});
      return;
    case 0x90:
      if (has_pitch) instrument.play({0, second > 0 ? Kind::note_on : Kind::note_off, pitch, second});
      return;
    case 0xa0:
      if (has_pitch) instrument.play({0, Kind::key_pressure, pitch, second});
      return;
    case 0xb0:
      return instrument.play({0, Kind::control_change, first, second});
    case 0xc0:
      if (!is_foreign_) instrument.play({0, Kind::program_change, 0, first});
      return;
    case 0xd0:
      return instrument.play({0, Kind::channel_pressure, 0, first});
    case 0xe0:
      return instrument.play({0, Kind::pitch_bend, 0, (second << 7 | first) - 8'192});
    default:
      return;
  }
}

void LiveTrack::render(AudioBlock out) noexcept {
  const int frames = out.frame_count();
  for (const int number : order_) runner_->run(number, position_, frames);
  position_ += Frames{frames};
  const ConstAudioBlock heard = runner_->output(live_.graph.mix.entry, frames);
  for (int c = 0; c < 2; ++c) {
    const auto from = heard.channel(std::min(c, heard.channel_count() - 1));
    const auto to = out.channel(c);
    for (std::size_t n = 0; n < from.size(); ++n) to[n] += from[n];
  }
}

void LiveTrack::process(AudioBlock out, const LiveBlock& block) noexcept TALKBACK_REALTIME {
  if (live_.instrument == nullptr) return;
  const dsp::DenormalsOff denormals_off;
  delay_frames_ = std::max(delay_frames_, out.frame_count());
  while (waiting_count_ < waiting_.size()) {
    const auto event = events_.pop();
    if (!event) break;
    waiting_[waiting_count_++] = *event;
  }
  std::size_t next = 0;
  for (int done = 0; done < out.frame_count();) {
    while (next < waiting_count_ && offset_of(waiting_[next], block) <= done) play(waiting_[next++]);
    int end = std::min(out.frame_count(), done + kChunkFrames);
    if (next < waiting_count_) end = std::min(end, offset_of(waiting_[next], block));
    render(out.slice(done, end - done));
    done = end;
  }
  std::copy(waiting_.begin() + static_cast<std::ptrdiff_t>(next),
            waiting_.begin() + static_cast<std::ptrdiff_t>(waiting_count_), waiting_.begin());
  waiting_count_ -= next;
}

}  // namespace talkback::realtime
