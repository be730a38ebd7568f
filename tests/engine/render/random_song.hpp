// Small random songs, and the edits that engineers make on them: for the property of incremental renders.
#pragma once

#include <random>
#include <vector>

#include "tests/support/session_builder.hpp"

namespace talkback::render {

class RandomSong {
 public:
  static constexpr int kRate = 16'000;
  static constexpr std::int64_t kFrames = 14'000;

  explicit RandomSong(std::uint64_t seed) : builder(kRate), random_(seed) {
    for (int i = 0; i < 4; ++i)
      sources_.push_back(builder.source(test_noise(1 + i % 2, 3'000 + 1'000 * i, 0.2F, static_cast<std::uint64_t>(i)),
                                        i == 3 ? 11'025 : kRate));
    for (int i = 0; i < 2; ++i) add_track(v1::Track::BUS);
    for (std::uint64_t i = 0; i < 4 + number(5); ++i) add_track(v1::Track::AUDIO);
    if (number(2) == 0) add_keys();
    if (number(3) == 0) add_keys();
    for (int i = 0; i < 12; ++i) edit();
  }

  // One change that is heard, mostly.
  void edit() {
    switch (number(16)) {
      case 0:
        return add_track(number(5) == 0 ? v1::Track::FOLDER : v1::Track::AUDIO);
      case 1:
        return erase();
      case 2:
      case 3:
        return add_insert();
      case 4:
        return add_send();
      case 5:
        return add_automation();
      case 6:
        return add_clip(any(v1::Object::kTrack));
      case 7:
      case 8:
        return change_clip();
      case 9:
        return change_insert();
      case 10:
        return change_send();
      case 11:
        return change_note();
      case 12:
        return number(2) == 0 ? change_instrument() : number(2) == 0 ? change_note() : change_pattern();
      default:
        return change_track();
    }
  }

  std::uint64_t number(std::uint64_t below) { return random_() % below; }
  double real(double from, double to) {
    return from + (to - from) * static_cast<double>(random_() >> 11) / static_cast<double>(1ULL << 53);
  }

  SessionBuilder builder;

 private:
  using Body = v1::Object::BodyCase;

  // A random object of a type; the root where there is none.
  ObjectId any(Body body) {
    std::vector<std::uint64_t> ids;
    builder.session.for_each([&](const v1::Object& object) {
      if (object.body_case() == body && object.id() != session::kMasterId.value) ids.push_back(object.id());
    });
    std::ranges::sort(ids);
    return ids.empty() ? kRootId : ObjectId{ids[number(ids.size())]};
  }
  // A track, the master among them.
  ObjectId any_strip() { return number(4) == 0 ? session::kMasterId : any(v1::Object::kTrack); }
  const v1::Object& object(ObjectId id) const { return *builder.session.find(id); }
  bool is(ObjectId id, v1::Track::Kind kind) const {
    return object(id).has_track() && object(id).track().kind() == kind;
  }
  ObjectId any_bus() {
    for (int tries = 0; tries < 20; ++tries) {
      const ObjectId id = any(v1::Object::kTrack);
      if (is(id, v1::Track::BUS)) return id;
    }
    return kRootId;
  }

  void add_track(v1::Track::Kind kind) {
    const ObjectId id = builder.track("Track", kind);
    if (kind == v1::Track::AUDIO) add_clip(id);
    if (kind == v1::Track::FOLDER) {
      const ObjectId inner = builder.track("Inner", v1::Track::AUDIO, id);
      add_clip(inner);
    }
  }
  void add_keys() {
    const ObjectId keys = builder.track("Keys", v1::Track::INSTRUMENT);
    if (number(4) != 0) {
      const ObjectId instrument = builder.add(keys, [&](v1::Object& o) { fill(*o.mutable_instrument()); });
      for (int i = 0; i < 3; ++i) builder.add(instrument, [&](v1::Object& o) { fill(*o.mutable_sampler_zone()); });
    }
    const ObjectId clip =
        builder.add(keys, [&](v1::Object& o) { o.mutable_midi_clip()->set_length_ticks(builder.ticks(kFrames)); });
    for (int i = 0; i < 6; ++i) {
      builder.add(clip, [&](v1::Object& o) {
        o.mutable_note()->set_position_ticks(builder.ticks(static_cast<std::int64_t>(number(kFrames))));
        o.mutable_note()->set_length_ticks(builder.ticks(2'000));
        o.mutable_note()->set_pitch(static_cast<std::uint32_t>(40 + number(40)));
        o.mutable_note()->set_velocity(90);
      });
    }
    if (number(2) == 0) add_pattern(keys);
  }
  void add_pattern(ObjectId track) {
    const ObjectId pattern = builder.add(track, [&](v1::Object& o) { fill(*o.mutable_pattern_clip()); });
    for (int i = 0; i < 5; ++i) builder.add(pattern, [&](v1::Object& o) { fill(*o.mutable_pattern_step()); });
  }
  void fill(v1::PatternClip& clip) {
    clip.set_position_ticks(builder.ticks(static_cast<std::int64_t>(number(kFrames / 2))));
    clip.set_length_ticks(builder.ticks(static_cast<std::int64_t>(500 + number(kFrames / 2))));
    clip.set_steps(static_cast<std::uint32_t>(1 + number(8)));
    clip.set_swing_percent(real(50, 75));
  }
  void fill(v1::PatternStep& step) {
    step.set_step(static_cast<std::uint32_t>(1 + number(8)));
    step.set_pitch(static_cast<std::uint32_t>(35 + number(24)));
    step.set_velocity(static_cast<std::uint32_t>(1 + number(127)));
    step.set_repeats(static_cast<std::uint32_t>(1 + number(3)));
  }
  void change_pattern() {
    const ObjectId id = any(number(3) == 0 ? v1::Object::kPatternClip : v1::Object::kPatternStep);
    if (id == kRootId) return;
    builder.change(id, [&](v1::Object& o) {
      if (o.has_pattern_step()) return fill(*o.mutable_pattern_step());
      if (number(3) == 0) return o.mutable_pattern_clip()->set_mute(!o.pattern_clip().mute());
      fill(*o.mutable_pattern_clip());
    });
  }
  void fill(v1::Instrument& instrument) {
    switch (number(5)) {
      case 0:
        return instrument.mutable_click()->set_length_ms(real(5, 200));
      case 1: {
        v1::ElectricPiano& piano = *instrument.mutable_electric_piano();
        piano.set_body_index(real(0, 4));
        piano.set_tremolo_percent(number(2) == 0 ? 0.0 : 50.0);
        return piano.set_release_ms(real(5, 300));
      }
      case 2: {
        v1::DrumMachine& machine = *instrument.mutable_drum_machine();
        machine.mutable_kick()->set_decay_ms(real(50, 800));
        machine.mutable_hat()->set_open_decay_ms(real(50, 1'500));
        return machine.set_drive_db(number(2) == 0 ? 0.0 : real(0, 12));
      }
      case 3:
        instrument.mutable_sampler()->set_filter(number(2) == 0 ? v1::Sampler::LOW_PASS
                                                                : v1::Sampler::FILTER_UNSPECIFIED);
        instrument.mutable_sampler()->set_cutoff_hz(real(200, 6'000));
        return instrument.mutable_sampler()->mutable_amplitude_envelope()->set_release_ms(real(5, 300));
      default:
        break;
    }
    v1::Synth& synth = *instrument.mutable_synth();
    synth.set_unison_voices(static_cast<std::uint32_t>(1 + number(3)));
    synth.set_cutoff_hz(real(100, 6'000));
    synth.set_glide_ms(number(2) == 0 ? 0.0 : 100.0);
    synth.mutable_lfo_1()->set_cutoff_octaves(real(0, 2));
    synth.mutable_amplitude_envelope()->set_release_ms(real(5, 300));
  }
  // Those below other instruments are silent.
  void fill(v1::SamplerZone& zone) {
    zone.set_source_id(sources_[number(sources_.size())].value);
    zone.set_root_pitch(static_cast<std::uint32_t>(40 + number(40)));
    zone.set_low_pitch(static_cast<std::uint32_t>(35 + number(20)));
    zone.set_loop(static_cast<v1::SamplerZone::Loop>(number(4)));
    zone.set_loop_start_frames(static_cast<std::int64_t>(500 + number(1'000)));
    zone.set_loop_end_frames(number(2) == 0 ? 0 : static_cast<std::int64_t>(1'500 + number(1'000)));
    zone.set_loop_crossfade_frames(static_cast<std::int64_t>(number(600)));
    zone.set_one_shot(number(4) == 0);
    zone.set_choke_group(static_cast<std::uint32_t>(number(3)));
    zone.set_round_robin_group(static_cast<std::uint32_t>(number(2)));
    zone.set_gain_db(real(-12, 0));
  }
  void change_instrument() {
    if (const ObjectId zone = any(v1::Object::kSamplerZone); zone != kRootId && number(2) == 0)
      return builder.change(zone, [&](v1::Object& o) { fill(*o.mutable_sampler_zone()); });
    const ObjectId id = any(v1::Object::kInstrument);
    if (id != kRootId) builder.change(id, [&](v1::Object& o) { fill(*o.mutable_instrument()); });
  }
  void change_note() {
    const ObjectId id = any(v1::Object::kNote);
    if (id == kRootId) return;
    builder.change(id, [&](v1::Object& o) {
      o.mutable_note()->set_position_ticks(builder.ticks(static_cast<std::int64_t>(number(kFrames))));
    });
  }
  void add_clip(ObjectId track) {
    if (!is(track, v1::Track::AUDIO)) return;
    if (number(3) == 0) return add_pick(track);
    builder.clip(track, sources_[number(sources_.size())], static_cast<std::int64_t>(number(kFrames)),
                 static_cast<std::int64_t>(500 + number(5'000)), [&](v1::AudioClip& clip) {
                   clip.set_fade_in_frames(static_cast<std::int64_t>(number(400)));
                   clip.set_fade_out_frames(static_cast<std::int64_t>(number(400)));
                 });
  }
  // Of a take of its own, on top of what was picked before.
  void add_pick(ObjectId track) {
    const ObjectId take = builder.add(track, [&](v1::Object& o) {
      o.mutable_take()->set_source_id(sources_[number(sources_.size())].value);
      o.mutable_take()->set_position_ticks(builder.ticks(static_cast<std::int64_t>(number(kFrames / 2))));
      o.mutable_take()->set_length_frames(static_cast<std::int64_t>(500 + number(5'000)));
    });
    builder.add(track, [&](v1::Object& o) {
      o.mutable_comp()->set_take_id(take.value);
      o.mutable_comp()->set_position_ticks(builder.ticks(static_cast<std::int64_t>(number(kFrames))));
      o.mutable_comp()->set_length_ticks(builder.ticks(static_cast<std::int64_t>(500 + number(5'000))));
      o.mutable_comp()->set_crossfade_ms(real(0, 30));
    });
  }
  void add_insert() {
    builder.insert(any_strip() == kRootId ? session::kMasterId : any_strip(), [&](v1::Insert& i) { fill(i); });
  }
  void fill(v1::Insert& insert) {
    switch (number(5)) {
      case 0:
        insert.mutable_equaliser()->mutable_band_1()->set_shape(v1::EqualiserBand::BELL);
        insert.mutable_equaliser()->mutable_band_1()->set_gain_db(real(-12, 12));
        insert.mutable_equaliser()->mutable_band_2()->set_shape(v1::EqualiserBand::HIGH_PASS);
        // One that takes a correction (effects/matched_cascade.hpp).
        insert.mutable_equaliser()->mutable_band_3()->set_shape(v1::EqualiserBand::HIGH_SHELF);
        insert.mutable_equaliser()->mutable_band_3()->set_frequency_hz(9'000.0);
        insert.mutable_equaliser()->mutable_band_3()->set_gain_db(-4.0);
        insert.mutable_equaliser()->mutable_band_3()->set_q(8.0);
        return insert.mutable_equaliser()->mutable_band_2()->set_frequency_hz(real(30, 300));
      case 1:
        insert.mutable_compressor()->set_threshold_db(real(-50, -10));
        return insert.mutable_compressor()->set_release_ms(real(5, 60));
      case 2:
        insert.mutable_delay()->set_time_ms(real(5, 120));
        return insert.mutable_delay()->set_ping_pong(number(2) == 0);
      case 3:
        insert.mutable_reverb()->set_decay_s(real(0.1, 0.4));
        return insert.mutable_reverb()->set_mix_percent(real(5, 90));
      default:
        return insert.mutable_limiter()->set_drive_db(real(0, 12));
    }
  }
  void add_send() {
    const ObjectId bus = any_bus();
    const ObjectId track = any(v1::Object::kTrack);
    if (bus == kRootId || is(track, v1::Track::BUS)) return;
    builder.send(track, bus, number(2) == 0, real(-20, 0));
  }
  void add_automation() {
    const ObjectId instrument = any(v1::Object::kInstrument);
    if (instrument != kRootId && number(3) == 0) {
      const v1::Instrument& body = object(instrument).instrument();
      if (body.has_synth()) return automate(instrument, "synth.cutoff_hz", 100, 4'000);
      if (body.has_sampler()) return automate(instrument, "sampler.cutoff_hz", 100, 4'000);
      if (body.has_electric_piano()) return automate(instrument, "electric_piano.tine_percent", 0, 80);
      if (body.has_drum_machine()) return automate(instrument, "drum_machine.hat.tone_hz", 1'000, 4'000);
    }
    const bool on_insert = number(2) == 0;
    const ObjectId parent = on_insert ? any(v1::Object::kInsert) : any_strip();
    if (parent == kRootId) return;
    std::string field = number(2) == 0 ? "fader_db" : number(2) == 0 ? "pan" : "mute";
    if (on_insert) {
      const v1::Insert& insert = object(parent).insert();
      field = insert.has_equaliser()    ? equaliser_field()
              : insert.has_compressor() ? "compressor.threshold_db"
              : insert.has_delay()      ? "delay.feedback_percent"
              : insert.has_reverb()     ? "reverb.mix_percent"
                                        : "bypassed";
    }
    if (field.ends_with("shape")) return automate(parent, field, 0, 7);
    if (field.ends_with("slope_db_per_octave")) return automate(parent, field, 6, 48);
    const double low = field == "pan"                           ? -1
                       : field == "mute" || field == "bypassed" ? 0
                       : field.ends_with("hz")                  ? 100
                                                                : -30;
    const double high = field == "pan" || field == "mute" || field == "bypassed" ? 1
                        : field.ends_with("hz")                                  ? 4'000
                                                                                 : 0;
    automate(parent, field, low, high);
  }
  std::string equaliser_field() {
    static constexpr const char* kFields[] = {"equaliser.band_1.frequency_hz", "equaliser.band_1.shape",
                                              "equaliser.band_2.slope_db_per_octave"};
    return kFields[number(std::size(kFields))];
  }
  void automate(ObjectId parent, const std::string& field, double low, double high) {
    for (const v1::Object* lane : builder.session.children(parent, v1::Object::kAutomation))
      if (lane->automation().field() == field) return;
    std::vector<SessionBuilder::Point> points;
    for (std::uint64_t i = 0; i < 1 + number(3); ++i)
      points.push_back({static_cast<std::int64_t>(number(kFrames)),
                        field.ends_with("percent") ? real(0, 80) : real(low, high),
                        static_cast<v1::Breakpoint::Shape>(1 + number(3)), real(-1, 1)});
    builder.automate(parent, field, points);
  }
  void change_clip() {
    const ObjectId id = any(v1::Object::kAudioClip);
    if (id == kRootId) return;
    builder.change(id, [&](v1::Object& o) {
      v1::AudioClip& clip = *o.mutable_audio_clip();
      switch (number(5)) {
        case 0:
          return clip.set_position_ticks(builder.ticks(static_cast<std::int64_t>(number(kFrames))));
        case 4:
          // Few values: each sound is stretched once by each.
          return number(2) == 0 ? clip.set_stretch(0.75 + 0.5 * static_cast<double>(number(3)))
                                : clip.set_transpose_st(static_cast<double>(number(2)) * -3.0);
        case 1:
          return clip.set_gain_db(real(-12, 6));
        case 2:
          return clip.set_length_frames(static_cast<std::int64_t>(200 + number(5'000)));
        default:
          return clip.set_mute(!clip.mute());
      }
    });
  }
  void change_insert() {
    const ObjectId id = any(v1::Object::kInsert);
    if (id == kRootId) return;
    builder.change(id, [&](v1::Object& o) {
      if (number(3) == 0) return o.mutable_insert()->set_bypassed(!o.insert().bypassed());
      fill(*o.mutable_insert());
    });
  }
  void change_send() {
    const ObjectId id = any(v1::Object::kSend);
    if (id == kRootId) return;
    builder.change(id, [&](v1::Object& o) { o.mutable_send()->set_level_db(real(-30, 0)); });
  }
  void change_track() {
    const ObjectId id = any_strip();
    builder.change_track(id == kRootId ? session::kMasterId : id, [&](v1::Track& track) {
      switch (number(6)) {
        case 0:
          return track.set_pan(real(-1, 1));
        case 1:
          return track.set_mute(track.kind() != v1::Track::MASTER && !track.mute());
        case 2:
          return track.set_solo(track.kind() != v1::Track::MASTER && !track.solo() && number(3) == 0);
        case 3:
          return track.set_gain_db(real(-6, 6));
        default:
          return track.set_fader_db(real(-20, 3));
      }
    });
  }
  void erase() {
    static constexpr Body kBodies[] = {v1::Object::kAudioClip, v1::Object::kInsert, v1::Object::kSend,
                                       v1::Object::kAutomation};
    const ObjectId id = any(kBodies[number(4)]);
    if (id != kRootId) builder.remove(id);
  }

  std::mt19937_64 random_;
  std::vector<ObjectId> sources_;
};

}  // namespace talkback::render
