#include "engine/graph/placement.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/decibel.hpp"
#include "engine/graph/pattern.hpp"
#include "engine/instruments/click.hpp"
#include "engine/session/comp.hpp"
#include "engine/session/defaults.hpp"
#include "engine/session/source_frames.hpp"

namespace talkback::graph {

namespace {

dsp::FadeShape fade_shape(v1::AudioClip::FadeShape shape) noexcept {
  return shape == v1::AudioClip::EQUAL_POWER ? dsp::FadeShape::equal_power : dsp::FadeShape::linear;
}

std::optional<PlacedClip> place(const PlacementContext& context, const v1::AudioClip& clip) {
  const v1::Source* source = session::source_of(context.session, clip.source_id());
  if (source == nullptr) return std::nullopt;
  const SampleRate rate = context.tempo.rate();
  const auto frames = [&](std::int64_t own) { return session::heard_frames(own, clip, *source, rate); };
  PlacedClip result;
  result.name = clip.name().empty() ? source->name() : clip.name();
  result.blob_sha256 = source->blob_sha256();
  result.start = context.tempo.frame_at(TickPosition{clip.position_ticks()});
  result.length = Frames{std::max<std::int64_t>(frames(clip.length_frames()), 1)};
  result.stretch = {.time_ratio = session::stretch_of(clip), .transpose_st = clip.transpose_st()};
  result.source_start = FramePosition{frames(clip.offset_frames())};
  result.gain = dsp::gain_from_db(clip.gain_db());
  result.fade_in = {std::min(frames(clip.fade_in_frames()), result.length.count), fade_shape(clip.fade_in_shape())};
  result.fade_out = {std::min(frames(clip.fade_out_frames()), result.length.count), fade_shape(clip.fade_out_shape())};
  return result;
}

// Half of the crossfade on an edge, which leaves the middle of each stretch that it touches alone.
std::int64_t half_crossfade(double crossfade_ms, SampleRate rate, std::int64_t length, std::int64_t neighbour_length) {
  const std::int64_t half = std::llround(crossfade_ms / 1e3 * rate.hz) / 2;
  return std::min({half, length / 2, neighbour_length / 2});
}

// The comp of a track. Where two stretches meet, both fade over the same frames: the sum has equal power.
void place_comp(const PlacementContext& context, ObjectId track, std::vector<PlacedClip>& clips) {
  const SampleRate rate = context.tempo.rate();
  const std::vector<session::CompStretch> stretches = session::comp_of(context.session, track);
  const auto begin = [&](std::size_t i) { return context.tempo.frame_at(stretches[i].from); };
  const auto length = [&](std::size_t i) {
    return std::max<std::int64_t>((context.tempo.frame_at(stretches[i].to) - begin(i)).count, 1);
  };
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const session::CompStretch& stretch = stretches[i];
    const v1::Object* object = context.session.find(stretch.take);
    if (object == nullptr || !object->has_take()) continue;
    const v1::Take& take = object->take();
    const v1::Source* source = session::source_of(context.session, take.source_id());
    if (source == nullptr) continue;
    const bool meets_before = i > 0 && stretches[i - 1].to == stretch.from;
    const bool meets_behind = i + 1 < stretches.size() && stretches[i + 1].from == stretch.to;
    const std::int64_t in = half_crossfade(stretch.crossfade_in_ms, rate, length(i), length(meets_before ? i - 1 : i));
    const std::int64_t out =
        half_crossfade(stretch.crossfade_out_ms, rate, length(i), length(meets_behind ? i + 1 : i));
    const FramePosition take_start = context.tempo.frame_at(TickPosition{take.position_ticks()});
    PlacedClip clip;
    clip.name = take.name().empty() ? source->name() : take.name();
    clip.blob_sha256 = source->blob_sha256();
    clip.start = begin(i) - Frames{in};
    clip.length = Frames{in + length(i) + out};
    clip.source_start =
        FramePosition{session::at_session_rate(take.offset_frames(), *source, rate)} + (clip.start - take_start);
    clip.fade_in = {2 * in, dsp::FadeShape::equal_power};
    clip.fade_out = {2 * out, dsp::FadeShape::equal_power};
    clips.push_back(std::move(clip));
  }
}

InstrumentEventKind event_kind(v1::Controller::Kind kind) noexcept {
  switch (kind) {
    case v1::Controller::PITCH_BEND:
      return InstrumentEventKind::pitch_bend;
    case v1::Controller::CHANNEL_PRESSURE:
      return InstrumentEventKind::channel_pressure;
    case v1::Controller::KEY_PRESSURE:
      return InstrumentEventKind::key_pressure;
    case v1::Controller::PROGRAM_CHANGE:
      return InstrumentEventKind::program_change;
    default:
      return InstrumentEventKind::control_change;
  }
}

void add_notes(const PlacementContext& context, const v1::Object& object, int transpose, bool lifts_pedal,
               std::vector<InstrumentEvent>& events) {
  constexpr int kPedal = 64;
  constexpr int kPedalDown = 64;
  const v1::MidiClip& clip = object.midi_clip();
  const std::int64_t begin = clip.position_ticks();
  const auto frame_of = [&](std::int64_t ticks) { return context.tempo.frame_at(TickPosition{ticks}).count; };
  for (const v1::Object* child : context.session.children(session::id_of(object), v1::Object::kNote)) {
    const v1::Note& note = child->note();
    if (note.position_ticks() >= clip.length_ticks()) continue;
    const int pitch = static_cast<int>(note.pitch()) + clip.transpose_st() + transpose;
    if (pitch < 0 || pitch > 127) continue;
    const std::int64_t end = std::min(note.position_ticks() + note.length_ticks(), clip.length_ticks());
    events.push_back({frame_of(begin + note.position_ticks()), InstrumentEventKind::note_on, pitch,
                      static_cast<int>(note.velocity())});
    events.push_back({frame_of(begin + end), InstrumentEventKind::note_off, pitch, 0});
  }
  std::int64_t pedal_ticks = 0;
  bool is_down = false;
  for (const v1::Object* child : context.session.children(session::id_of(object), v1::Object::kController)) {
    const v1::Controller& controller = child->controller();
    if (controller.position_ticks() >= clip.length_ticks()) continue;
    const bool is_bend = controller.kind() == v1::Controller::PITCH_BEND;
    const int value = std::clamp(controller.value(), is_bend ? -8192 : 0, is_bend ? 8191 : 127);
    events.push_back({frame_of(begin + controller.position_ticks()), event_kind(controller.kind()),
                      static_cast<int>(controller.number()), value});
    if (controller.kind() != v1::Controller::CONTROL_CHANGE || controller.number() != kPedal) continue;
    if (controller.position_ticks() < pedal_ticks) continue;
    pedal_ticks = controller.position_ticks();
    is_down = value >= kPedalDown;
  }
  if (lifts_pedal && is_down)
    events.push_back({frame_of(begin + clip.length_ticks()), InstrumentEventKind::control_change, kPedal, 0});
}

void add_clicks(const PlacementContext& context, const v1::Click& click, Frames end,
                std::vector<InstrumentEvent>& events) {
  constexpr int kAccentVelocity = 127;
  constexpr int kBeatVelocity = 100;
  constexpr int kSubBeatVelocity = 64;
  using instruments::Click;
  const auto signatures = context.tempo.signatures();
  const auto parts = static_cast<std::int64_t>(std::max(click.clicks_per_beat(), 1U));
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    const std::int64_t start = signatures[i].position.count;
    const std::int64_t beat = timeline::beat_length(signatures[i]).count;
    for (std::int64_t n = 0;; ++n) {
      const std::int64_t tick = start + n * beat / parts;
      if (i + 1 < signatures.size() && tick >= signatures[i + 1].position.count) break;
      const std::int64_t frame = context.tempo.frame_at(TickPosition{tick}).count;
      if (frame >= end.count) return;
      const bool is_beat = n % parts == 0;
      const bool is_accent = is_beat && n / parts % signatures[i].numerator == 0;
      events.push_back({frame, InstrumentEventKind::note_on,
                        is_accent ? Click::kAccent
                        : is_beat ? Click::kBeat
                                  : Click::kSubBeat,
                        is_accent ? kAccentVelocity
                        : is_beat ? kBeatVelocity
                                  : kSubBeatVelocity});
    }
  }
}

}  // namespace

std::vector<PlacedClip> place_clips(const PlacementContext& context, const v1::Object& track) {
  std::vector<PlacedClip> result;
  for (const v1::Object* object : context.session.children(session::id_of(track), v1::Object::kAudioClip)) {
    if (object->audio_clip().mute()) continue;
    if (auto clip = place(context, object->audio_clip())) result.push_back(std::move(*clip));
  }
  place_comp(context, session::id_of(track), result);
  return result;
}

int transpose_of(const v1::Instrument& instrument) {
  const auto whole = [](double semitones) { return static_cast<int>(std::lround(semitones)); };
  switch (instrument.instrument_case()) {
    case v1::Instrument::kSynth:
      return whole(instrument.synth().transpose_st());
    case v1::Instrument::kElectricPiano:
      return whole(instrument.electric_piano().transpose_st());
    case v1::Instrument::kSampler:
      return whole(instrument.sampler().transpose_st());
    default:
      return whole(instrument.soundfont().transpose_st());
  }
}

Result<std::vector<InstrumentEvent>> place_events(const PlacementContext& context, const v1::Object& track,
                                                  const v1::Object& instrument, Frames end) {
  const int transpose = transpose_of(instrument.instrument());
  const bool lifts_pedal = !instrument.instrument().has_soundfont();
  std::vector<InstrumentEvent> events;
  for (const v1::Object* object : context.session.children(session::id_of(track), v1::Object::kMidiClip)) {
    if (!object->midi_clip().mute()) add_notes(context, *object, transpose, lifts_pedal, events);
  }
  for (const v1::Object* object : context.session.children(session::id_of(track), v1::Object::kPatternClip)) {
    if (object->pattern_clip().mute()) continue;
    TALKBACK_TRY(place_pattern(context, session::with_defaults(*object), transpose, end, events));
  }
  if (instrument.instrument().has_click()) add_clicks(context, instrument.instrument().click(), end, events);
  return events;
}

FramePosition end_of_clips(const PlacementContext& context) {
  FramePosition end{0};
  context.session.for_each([&](const v1::Object& object) {
    const auto tick_end = [&](std::int64_t position, std::int64_t length) {
      return context.tempo.frame_at(TickPosition{position + length});
    };
    if (object.has_audio_clip()) {
      if (const auto clip = place(context, object.audio_clip())) end = std::max(end, clip->start + clip->length);
    } else if (object.has_comp()) {
      end = std::max(end, tick_end(object.comp().position_ticks(), object.comp().length_ticks()));
    } else if (object.has_midi_clip()) {
      end = std::max(end, tick_end(object.midi_clip().position_ticks(), object.midi_clip().length_ticks()));
    } else if (object.has_pattern_clip()) {
      end = std::max(end, tick_end(object.pattern_clip().position_ticks(), object.pattern_clip().length_ticks()));
    }
  });
  return end;
}

}  // namespace talkback::graph
