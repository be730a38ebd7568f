#include "engine/graph/pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "engine/session/defaults.hpp"

namespace talkback::graph {

namespace {

struct PlacedNote {
  int pitch = 0;
  std::int64_t begin = 0;  // in frames
  std::int64_t end = 0;
  int velocity = 0;
};

// One pattern clip and the grid of its steps, in ticks from its start.
class Pattern {
 public:
  Pattern(const PlacementContext& context, const v1::PatternClip& clip) : context_(context), clip_(clip) {}

  std::int64_t begin_of(std::int64_t step) const noexcept {
    const std::int64_t pair = step / 2 * 2 * clip_.step_ticks();
    if (step % 2 == 0) return pair;
    return pair + std::llround(2.0 * static_cast<double>(clip_.step_ticks()) * clip_.swing_percent() / 100.0);
  }

  // One time a step sounds. end: of the song.
  void place(const v1::PatternStep& note, std::int64_t step, int pitch, Frames end,
             std::vector<PlacedNote>& notes) const {
    const std::int64_t begin = begin_of(step);
    const std::int64_t length = begin_of(step + 1) - begin;
    const auto repeats = static_cast<std::int64_t>(note.repeats());
    const std::int64_t sounds = sounding_ticks(note, step);
    for (std::int64_t i = 0; i < repeats; ++i) {
      const std::int64_t on = begin + length * i / repeats;
      if (on >= clip_.length_ticks()) return;
      const std::int64_t next = begin + length * (i + 1) / repeats;
      const std::int64_t off = std::min(repeats == 1 ? on + sounds : std::min(on + sounds, next), clip_.length_ticks());
      const std::int64_t frame = frame_of(on);
      if (frame >= end.count) return;
      // A note is never shorter than a frame: its end would come before its begin.
      notes.push_back({pitch, frame, std::max(frame_of(off), frame + 1), static_cast<int>(note.velocity())});
    }
  }

  // The first step that begins where the clip or the song has ended.
  std::int64_t step_count(Frames end) const {
    const std::int64_t song_ticks = context_.tempo.tick_at({end.count}).count - clip_.position_ticks();
    return std::min(clip_.length_ticks(), std::max<std::int64_t>(song_ticks, 0)) / clip_.step_ticks() + 2;
  }

 private:
  std::int64_t frame_of(std::int64_t ticks) const {
    return context_.tempo.frame_at(TickPosition{clip_.position_ticks() + ticks}).count;
  }
  // A length of whole steps ends where a step begins; what is left over is a part of the step there.
  std::int64_t sounding_ticks(const v1::PatternStep& note, std::int64_t step) const noexcept {
    const double whole = std::floor(note.length_steps());
    const std::int64_t last = step + static_cast<std::int64_t>(whole);
    const double part = (note.length_steps() - whole) * static_cast<double>(begin_of(last + 1) - begin_of(last));
    return std::max<std::int64_t>(begin_of(last) - begin_of(step) + std::llround(part), 1);
  }

  const PlacementContext& context_;
  const v1::PatternClip& clip_;
};

// A key is struck anew only when it is up: a note ends with the next of its pitch, and of two at one frame the louder
// sounds.
void add_events(std::vector<PlacedNote> notes, std::vector<InstrumentEvent>& events) {
  std::ranges::sort(notes, {}, [](const PlacedNote& n) { return std::tuple(n.pitch, n.begin, -n.velocity, -n.end); });
  const auto doubles = std::ranges::unique(notes, {}, [](const PlacedNote& n) { return std::pair(n.pitch, n.begin); });
  notes.erase(doubles.begin(), doubles.end());
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const PlacedNote& note = notes[i];
    const bool is_struck_again = i + 1 < notes.size() && notes[i + 1].pitch == note.pitch;
    const std::int64_t end = is_struck_again ? std::min(note.end, notes[i + 1].begin) : note.end;
    events.push_back({note.begin, InstrumentEventKind::note_on, note.pitch, note.velocity});
    events.push_back({end, InstrumentEventKind::note_off, note.pitch, 0});
  }
}

}  // namespace

Result<void> place_pattern(const PlacementContext& context, const v1::Object& clip, int transpose, Frames end,
                           std::vector<InstrumentEvent>& events) {
  const v1::PatternClip& settings = clip.pattern_clip();
  const Pattern pattern(context, settings);
  const auto steps = static_cast<std::int64_t>(settings.steps());
  const std::int64_t step_count = pattern.step_count(end);
  std::vector<PlacedNote> placed;
  std::size_t notes = 0;
  for (const v1::Object* child : context.session.children(session::id_of(clip), v1::Object::kPatternStep)) {
    const v1::Object full = session::with_defaults(*child);
    const v1::PatternStep& note = full.pattern_step();
    const int pitch = static_cast<int>(note.pitch()) + transpose;
    if (note.step() > settings.steps() || pitch < 0 || pitch > 127) continue;
    notes += static_cast<std::size_t>(step_count / steps + 1) * note.repeats();
    if (notes > kPatternNotesMax)
      return Error{ErrorCode::exhausted, fmt::format("the pattern clip \"{}\" plays more than {} notes; shorten it.",
                                                     settings.name(), kPatternNotesMax)};
    for (std::int64_t step = note.step() - 1; step < step_count; step += steps)
      pattern.place(note, step, pitch, end, placed);
  }
  add_events(std::move(placed), events);
  return {};
}

}  // namespace talkback::graph
