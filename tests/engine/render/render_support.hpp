#pragma once

#include "tests/support/session_builder.hpp"

namespace talkback::render {

// A little of everything: mono and stereo, another rate, folder, buses, sends, every effect, automation, MIDI.
inline void fill_song(SessionBuilder& b) {
  constexpr int kFrames = 60'000;
  const ObjectId room = b.track("Room", v1::Track::BUS);
  b.insert(room, [](v1::Insert& i) {
    i.mutable_reverb()->set_mix_percent(100.0);
    i.mutable_reverb()->set_decay_s(0.8);
  });
  const ObjectId echo = b.track("Echo", v1::Track::BUS);
  const ObjectId delay = b.insert(echo, [](v1::Insert& i) {
    i.mutable_delay()->set_ping_pong(true);
    i.mutable_delay()->set_sync_quarters(0.25);
  });
  b.automate(delay, "delay.feedback_percent", {{10'001, 10.0}, {30'003, 70.0}});
  const ObjectId folder = b.track("Band", v1::Track::FOLDER);
  for (int i = 0; i < 4; ++i) {
    const ObjectId track = b.track("Track", v1::Track::AUDIO, folder);
    const int rate = i == 2 ? 44'100 : 48'000;
    const ObjectId source = b.source(test_noise(1 + i % 2, kFrames, 0.2F, static_cast<std::uint64_t>(i)), rate);
    b.clip(track, source, 1'000 * i + i, 40'000, [](v1::AudioClip& clip) {
      clip.set_fade_in_frames(333);
      clip.set_fade_out_frames(3'333);
    });
    const ObjectId equaliser = b.insert(track, [](v1::Insert& insert) {
      insert.mutable_equaliser()->mutable_band_1()->set_shape(v1::EqualiserBand::HIGH_PASS);
      insert.mutable_equaliser()->mutable_band_1()->set_frequency_hz(90.0);
      insert.mutable_equaliser()->mutable_band_2()->set_shape(v1::EqualiserBand::BELL);
      insert.mutable_equaliser()->mutable_band_2()->set_gain_db(5.0);
    });
    b.automate(equaliser, "equaliser.band_2.frequency_hz", {{5'000, 300.0}, {20'001, 5'000.0}, {20'001, 800.0}});
    const ObjectId compressor =
        b.insert(track, [](v1::Insert& insert) { insert.mutable_compressor()->set_threshold_db(-30.0); });
    b.automate(compressor, "bypassed", {{0, 0.0}, {15'555, 1.0}, {25'555, 0.0}});
    b.automate(track, "pan", {{0, -1.0, v1::Breakpoint::CURVE, 0.5}, {33'333, 1.0}});
    b.automate(track, "mute", {{0, 0.0}, {35'017, 1.0}});
    b.send(track, room, false, -9.0);
    b.send(track, echo, true, -15.0);
  }
  const ObjectId keys = b.track("Keys", v1::Track::INSTRUMENT);
  const ObjectId clip = b.add(keys, [&](v1::Object& o) { o.mutable_midi_clip()->set_length_ticks(b.ticks(48'000)); });
  for (int i = 0; i < 12; ++i) {
    b.add(clip, [&](v1::Object& o) {
      o.mutable_note()->set_position_ticks(b.ticks(3'001 * i));
      o.mutable_note()->set_length_ticks(b.ticks(6'000));
      o.mutable_note()->set_pitch(static_cast<std::uint32_t>(48 + i));
      o.mutable_note()->set_velocity(90);
    });
  }
  b.insert(session::kMasterId, [](v1::Insert& i) { i.mutable_compressor()->set_ratio(2.0); });
  b.insert(session::kMasterId, [](v1::Insert& i) { i.mutable_limiter()->set_drive_db(3.0); });
  b.automate(session::kMasterId, "fader_db", {{40'000, 0.0}, {60'000, -144.0}});
}

// Notes one after the other, a few frames off any grid.
inline void add_notes(SessionBuilder& b, ObjectId track, const std::vector<std::uint32_t>& pitches) {
  const ObjectId clip = b.add(track, [&](v1::Object& o) { o.mutable_midi_clip()->set_length_ticks(b.ticks(40'000)); });
  for (std::size_t i = 0; i < pitches.size(); ++i) {
    b.add(clip, [&](v1::Object& o) {
      o.mutable_note()->set_position_ticks(b.ticks(static_cast<std::int64_t>(3'001 * i)));
      o.mutable_note()->set_length_ticks(b.ticks(7'000));
      o.mutable_note()->set_pitch(pitches[i]);
      o.mutable_note()->set_velocity(static_cast<std::uint32_t>(40 + 7 * i));
    });
  }
}

inline void fill_electric_piano(SessionBuilder& b) {
  const ObjectId track = b.track("Piano", v1::Track::INSTRUMENT);
  b.add(track, [](v1::Object& o) { o.mutable_instrument()->mutable_electric_piano()->set_tremolo_percent(40); });
  add_notes(b, track, {36, 48, 55, 60, 64, 67, 72, 84, 96});
}

inline void fill_drum_machine(SessionBuilder& b) {
  const ObjectId track = b.track("Drums", v1::Track::INSTRUMENT);
  b.add(track, [](v1::Object& o) { o.mutable_instrument()->mutable_drum_machine()->set_drive_db(3); });
  add_notes(b, track, {36, 38, 42, 46, 39, 37, 45, 49, 51, 56, 82});
  const ObjectId pattern = b.add(track, [&](v1::Object& o) {
    o.mutable_pattern_clip()->set_length_ticks(b.ticks(48'000));
    o.mutable_pattern_clip()->set_swing_percent(62);
  });
  for (std::uint32_t step = 1; step <= 16; step += 3) {
    b.add(pattern, [&](v1::Object& o) {
      o.mutable_pattern_step()->set_step(step);
      o.mutable_pattern_step()->set_pitch(step % 2 == 0 ? 42 : 36);
      o.mutable_pattern_step()->set_velocity(90);
      o.mutable_pattern_step()->set_repeats(1 + step % 3);
    });
  }
}

inline void fill_sampler(SessionBuilder& b) {
  const ObjectId track = b.track("Kit", v1::Track::INSTRUMENT);
  const ObjectId sampler = b.add(track, [](v1::Object& o) {
    o.mutable_instrument()->mutable_sampler()->set_filter(v1::Sampler::LOW_PASS);
    o.mutable_instrument()->mutable_sampler()->set_cutoff_hz(5'000);
  });
  for (int i = 0; i < 4; ++i) {
    const ObjectId source =
        b.source(test_noise(1 + i % 2, 9'000, 0.3F, static_cast<std::uint64_t>(i)), i == 3 ? 44'100 : 48'000);
    b.add(sampler, [&](v1::Object& o) {
      o.mutable_sampler_zone()->set_source_id(source.value);
      o.mutable_sampler_zone()->set_low_pitch(static_cast<std::uint32_t>(16 * i));
      o.mutable_sampler_zone()->set_loop(static_cast<v1::SamplerZone::Loop>(i));
      o.mutable_sampler_zone()->set_loop_start_frames(3'000);
      o.mutable_sampler_zone()->set_loop_end_frames(6'001);
      o.mutable_sampler_zone()->set_loop_crossfade_frames(700);
    });
  }
  add_notes(b, track, {36, 48, 55, 60, 61, 67, 72, 84, 96});
}

}  // namespace talkback::render
