#include "client/recorder/midi_clock.hpp"

#include <algorithm>

namespace talkback::recorder {
namespace {

// Longer than an event is on its way.
constexpr std::int64_t kRecentSeconds = 4;
constexpr std::int64_t kNanoseconds = 1'000'000'000;

// a * b / c, where the product may not fit into 64 bits; rounded to the nearest.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) noexcept {
  const std::int64_t whole = a / c;
  const std::int64_t rest = a % c;
  const std::int64_t half = rest < 0 ? -c / 2 : c / 2;
  return whole * b + (rest * b + half) / c;
}

}  // namespace

std::int64_t MidiClock::in_frames(std::int64_t units) const noexcept {
  return scaled(units, rate_.hz, clock_.units_per_second);
}

void MidiClock::update() {
  while (const auto block = blocks_.pop()) {
    newest_ = *block;
    has_block_ = true;
    if (!clock_.counts_frames) {
      note_offset(*block);
      continue;
    }
    recent_.push_back(*block);
    while (block->time - recent_.front().time > kRecentSeconds * rate_.hz) recent_.pop_front();
  }
}

void MidiClock::note_offset(const Block& block) {
  const std::int64_t offset = block.time - scaled(block.position.count, kNanoseconds, rate_.hz);
  if (!least_ || block.position - window_begin_ >= Frames{rate_.hz}) {
    least_before_ = least_;
    least_ = offset;
    window_begin_ = block.position;
  }
  least_ = std::min(*least_, offset);
}

std::optional<FramePosition> MidiClock::frame_at(std::int64_t time) const {
  if (!has_block_) return std::nullopt;
  if (!clock_.counts_frames) {
    const std::int64_t offset = least_before_ ? std::min(*least_, *least_before_) : *least_;
    return FramePosition{in_frames(time - offset)} - newest_.output_latency - latency_;
  }
  const auto after = std::upper_bound(recent_.begin(), recent_.end(), time,
                                      [this](std::int64_t at, const Block& block) { return at < heard_at(block); });
  const Block& block = after == recent_.begin() ? *after : *(after - 1);
  const FramePosition frame = block.position + Frames{time - heard_at(block)};
  // The card went on where the sound did not.
  const bool has_next = after != recent_.begin() && after != recent_.end();
  return has_next ? std::min(frame, after->position) : frame;
}

SongPlace place_of(const SongSpan& span, FramePosition frame) noexcept {
  const Frames into = frame - FramePosition{0} - span.lead_in;
  if (!span.length || into.count < span.length->count) return {0, span.start + into};
  const auto pass = static_cast<int>(std::min<std::int64_t>(into.count / span.length->count, span.passes - 1));
  return {pass, span.start + into - *span.length * pass};
}

}  // namespace talkback::recorder
