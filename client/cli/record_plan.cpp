#include "client/cli/record_plan.hpp"

#include <algorithm>
#include <cmath>

#include "client/project/track_room.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

Result<TickPosition> place_of(const timeline::TempoMap& map, const std::string& option, const std::string& text) {
  const auto position = timeline::position_from_text(map, text);
  if (position) return *position;
  return Error{ErrorCode::invalid,
               option + " takes a bar, or a bar and a beat, as in 17 or 17.3, not \"" + text + "\""};
}

}  // namespace

Result<RecordPlan> plan_of(const RecordOptions& options, const timeline::TempoMap& map) {
  RecordPlan plan;
  TALKBACK_ASSIGN(const TickPosition from, place_of(map, "--from", options.from));
  std::optional<TickPosition> to;
  if (!options.to.empty()) {
    TALKBACK_ASSIGN(to, place_of(map, "--to", options.to));
    if (*to <= from) return Error{ErrorCode::invalid, "--to must be a place behind --from"};
  }
  const FramePosition from_frame = map.frame_at(from);
  plan.from = from;
  plan.takes_begin = from_frame;
  plan.takes_end = project::kNoEnd;
  if (to) plan.takes_end = *to;
  if (options.loops) {
    if (!to) return Error{ErrorCode::invalid, "--loop needs its end: give --to"};
    plan.loop = realtime::LoopRange{from_frame, map.frame_at(*to)};
    if (seconds_of(plan.loop->end - plan.loop->begin, map.rate()) < realtime::GraphPlayer::kLoopSecondsMin)
      return Error{ErrorCode::invalid, "a loop lasts at least a tenth of a second; choose a later --to"};
    plan.passes_max = options.passes;
  } else if (to) {
    plan.end = map.frame_at(*to);
  }
  if (options.seconds > 0.0) {
    if (to) return Error{ErrorCode::invalid, "--for and --to say the same: give one of them"};
    plan.end = from_frame + Frames{std::llround(options.seconds * map.rate().hz)};
    plan.takes_end = map.tick_at(*plan.end);
  }
  if (!options.punch_in.empty()) {
    TALKBACK_ASSIGN(plan.from, place_of(map, "--punch-in", options.punch_in));
    if (plan.from < from) return Error{ErrorCode::invalid, "--punch-in must not be before --from"};
    plan.takes_begin = map.frame_at(plan.from);
  }
  if (!options.punch_out.empty()) {
    TALKBACK_ASSIGN(plan.takes_end, place_of(map, "--punch-out", options.punch_out));
    if (plan.takes_end <= plan.from)
      return Error{ErrorCode::invalid, "--punch-out must be a place behind the punch-in"};
    // A bar to let the sound go.
    if (!plan.end && !plan.loop) {
      const timeline::BarBeat at = timeline::bar_beat_at(map, plan.takes_end);
      plan.end = map.frame_at(timeline::tick_of_bar(map, at.bar + 2));
    }
  }
  if (plan.end && plan.takes_begin >= *plan.end)
    return Error{ErrorCode::invalid, "--punch-in lies behind the end of what is played"};
  if (plan.takes_end != project::kNoEnd)
    plan.takes_end_frame =
        options.seconds > 0.0 && options.punch_out.empty() ? *plan.end : map.frame_at(plan.takes_end);
  plan.start = from_frame;
  if (options.pre_roll_bars > 0) {
    const timeline::BarBeat at = timeline::bar_beat_at(map, from);
    plan.start = map.frame_at(timeline::tick_of_bar(map, std::max<std::int64_t>(1, at.bar - options.pre_roll_bars)));
  }
  return plan;
}

}  // namespace talkback::cli
