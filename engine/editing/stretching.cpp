#include "engine/editing/stretching.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/session/source_frames.hpp"

namespace talkback::editing {
namespace {

// As in session.proto, which has the last word.
constexpr double kStretchMin = 0.25;
constexpr double kStretchMax = 4.0;

double seconds_recorded(const v1::AudioClip& clip, const v1::Source& source) {
  return static_cast<double>(clip.length_frames()) / source.sample_rate_hz();
}

// Where a clip of so many seconds ends when a quarter note lasts 60 / bpm of them.
TickPosition end_at_tempo(const v1::AudioClip& clip, double seconds, double bpm) {
  return TickPosition{clip.position_ticks() + std::llround(seconds * bpm / 60.0 * kTicksPerQuarter)};
}

}  // namespace

Result<double> stretch_for(const session::Session& session, const timeline::TempoMap& map, const v1::AudioClip& clip,
                           const StretchTarget& target) {
  const v1::Source* source = session::source_of(session, clip.source_id());
  if (source == nullptr || source->sample_rate_hz() == 0)
    return Error{ErrorCode::not_found, fmt::format("the recording of \"{}\" is gone", clip.name())};
  const double recorded = seconds_recorded(clip, *source);
  const auto until = [&](TickPosition end) {
    return (map.seconds_at(end) - map.seconds_at(TickPosition{clip.position_ticks()})) / recorded;
  };
  double ratio = 1.0;
  if (const auto* wanted = std::get_if<Ratio>(&target)) {
    ratio = wanted->value;
  } else if (const auto* tempo = std::get_if<RecordedTempo>(&target)) {
    if (!(tempo->bpm > 0.0)) return Error{ErrorCode::invalid, "a tempo lies above 0 bpm"};
    ratio = until(end_at_tempo(clip, recorded, tempo->bpm));
    // Where the tempo stays the same there is no rounding to ticks.
    const double steady = tempo->bpm / map.bpm_at(TickPosition{clip.position_ticks()});
    if (std::abs(ratio / steady - 1.0) < 1e-6) ratio = steady;
  } else {
    ratio = until(std::get<ClipEnd>(target).position);
    if (ratio <= 0.0)
      return Error{ErrorCode::invalid,
                   fmt::format("\"{}\" begins there or later: its end must lie behind its start", clip.name())};
  }
  if (!(ratio >= kStretchMin && ratio <= kStretchMax))
    return Error{ErrorCode::invalid,
                 fmt::format("\"{}\" would be {:.4g} times as long as it was recorded; from {} to {} times can be done",
                             clip.name(), ratio, kStretchMin, kStretchMax)};
  return ratio;
}

Result<v1::Edit> stretch(const session::Session& session, const timeline::TempoMap& map, const v1::Object& clip,
                         const ClipStretch& wanted) {
  v1::Update update;
  v1::AudioClip& values = *update.mutable_values()->mutable_audio_clip();
  update.mutable_values()->set_id(clip.id());
  if (wanted.target) {
    TALKBACK_ASSIGN(const double ratio, stretch_for(session, map, clip.audio_clip(), *wanted.target));
    values.set_stretch(ratio);
    if (ratio != session::stretch_of(clip.audio_clip())) update.mutable_fields()->add_paths("audio_clip.stretch");
  }
  if (wanted.transpose_st) {
    values.set_transpose_st(*wanted.transpose_st);
    if (*wanted.transpose_st != clip.audio_clip().transpose_st())
      update.mutable_fields()->add_paths("audio_clip.transpose_st");
  }
  v1::Edit edit;
  if (update.fields().paths_size() > 0) *edit.add_operations()->mutable_update() = std::move(update);
  return edit;
}

}  // namespace talkback::editing
