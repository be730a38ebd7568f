// The reference session of the benches: tracks, mono and stereo in turn, of 24-bit WAVs at 48 kHz, each with gain, pan,
// a four-band equaliser and a compressor; two sends each to a reverb and a delay bus; equaliser, compressor and limiter
// on the master.
#pragma once

#include <cmath>
#include <cstdlib>
#include <string>

#include "engine/base/sha256.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::bench {

inline constexpr int kRate = 48'000;

// Decaying tones over a bed of noise, different on every track.
inline ObjectId write_source(SessionBuilder& builder, int index, int seconds) {
  const std::string name = "source" + std::to_string(index);
  const int channels = 1 + index % 2;
  auto writer = media::AudioWriter::create(
      builder.folder / name, {.format = media::AudioFormat::wav_24, .rate = {kRate}, .channels = channels});
  AudioBuffer second = test_noise(channels, kRate, 0.05F, static_cast<std::uint64_t>(index));
  for (int c = 0; c < channels; ++c) {
    for (int n = 0; n < kRate; ++n) {
      const double decay = std::exp(-static_cast<double>(n % (kRate / 4)) / 6'000.0);
      second.block().channel(c)[static_cast<std::size_t>(n)] +=
          static_cast<float>(0.3 * decay * std::sin(n * (0.01 + 0.003 * index + 0.0001 * c)));
    }
  }
  for (int s = 0; s < seconds; ++s) {
    if (!writer->write(second.block())) std::abort();
  }
  if (!writer->finish()) std::abort();
  const std::string sha256 = to_hex(*sha256_of_file(builder.folder / name));
  std::filesystem::rename(builder.folder / name, builder.folder / sha256);
  return builder.add(kRootId, [&](v1::Object& o) {
    o.mutable_source()->set_name(name);
    o.mutable_source()->set_blob_sha256(sha256);
    o.mutable_source()->set_sample_rate_hz(kRate);
    o.mutable_source()->set_channels(static_cast<std::uint32_t>(channels));
    o.mutable_source()->set_length_frames(static_cast<std::int64_t>(seconds) * kRate);
  });
}

inline void fill_equaliser(v1::Insert& insert) {
  v1::Equaliser& equaliser = *insert.mutable_equaliser();
  const auto fill = [](v1::EqualiserBand& band, v1::EqualiserBand::Shape shape, double hz, double db) {
    band.set_shape(shape);
    band.set_frequency_hz(hz);
    band.set_gain_db(db);
  };
  fill(*equaliser.mutable_band_1(), v1::EqualiserBand::HIGH_PASS, 60.0, 0.0);
  fill(*equaliser.mutable_band_2(), v1::EqualiserBand::BELL, 300.0, -3.0);
  fill(*equaliser.mutable_band_3(), v1::EqualiserBand::BELL, 3'000.0, 2.0);
  fill(*equaliser.mutable_band_4(), v1::EqualiserBand::HIGH_SHELF, 9'000.0, 1.5);
}

struct Buses {
  ObjectId room;
  ObjectId echo;
};

inline Buses add_buses(SessionBuilder& builder) {
  const Buses buses{.room = builder.track("Room", v1::Track::BUS), .echo = builder.track("Echo", v1::Track::BUS)};
  builder.insert(buses.room, [](v1::Insert& i) { i.mutable_reverb()->set_mix_percent(100.0); });
  builder.insert(buses.echo, [](v1::Insert& i) { i.mutable_delay()->set_mix_percent(100.0); });
  return buses;
}

// Without clips.
inline ObjectId add_track(SessionBuilder& builder, int index, const Buses& buses) {
  const ObjectId track = builder.track("Track " + std::to_string(index + 1));
  builder.insert(track, fill_equaliser);
  builder.insert(track, [](v1::Insert& insert) { insert.mutable_compressor()->set_threshold_db(-24.0); });
  builder.change_track(track, [&](v1::Track& t) {
    t.set_fader_db(-14.0);
    t.set_pan((index % 32 - 16) / 20.0);
  });
  builder.send(track, buses.room, false, -12.0);
  builder.send(track, buses.echo, false, -18.0);
  return track;
}

inline void fill_master(SessionBuilder& builder) {
  builder.insert(session::kMasterId, fill_equaliser);
  builder.insert(session::kMasterId, [](v1::Insert& i) { i.mutable_compressor()->set_ratio(2.0); });
  builder.insert(session::kMasterId, [](v1::Insert& i) { i.mutable_limiter()->set_drive_db(3.0); });
}

inline void fill_session(SessionBuilder& builder, int tracks, int seconds) {
  const Buses buses = add_buses(builder);
  for (int i = 0; i < tracks; ++i) {
    const ObjectId track = add_track(builder, i, buses);
    const ObjectId source = write_source(builder, i, seconds);
    builder.clip(track, source, 0, static_cast<std::int64_t>(seconds) * kRate);
    builder.clip(track, source, 0, std::min<std::int64_t>(4, seconds) * kRate,
                 [](v1::AudioClip& clip) { clip.set_gain_db(-12.0); });
  }
  fill_master(builder);
}

inline std::string source_of(SessionBuilder& builder, std::size_t number) {
  return builder.session.children(kRootId, v1::Object::kSource)[number]->source().blob_sha256();
}

inline ObjectId track_of(SessionBuilder& builder, std::size_t number) {
  std::vector<ObjectId> tracks;
  for (const v1::Object* track : builder.session.children(kRootId, v1::Object::kTrack)) {
    if (track->track().kind() == v1::Track::AUDIO) tracks.push_back(session::id_of(*track));
  }
  return tracks[number];
}

// Every track has one clip of the whole song, and one of four seconds at its start.
inline ObjectId short_clip_of(SessionBuilder& builder, ObjectId track) {
  return session::id_of(*builder.session.children(track, v1::Object::kAudioClip).back());
}

inline void change_ceiling(SessionBuilder& builder, double ceiling_dbtp) {
  for (const v1::Object* insert : builder.session.children(session::kMasterId, v1::Object::kInsert)) {
    if (!insert->insert().has_limiter()) continue;
    builder.change(session::id_of(*insert),
                   [&](v1::Object& o) { o.mutable_insert()->mutable_limiter()->set_ceiling_dbtp(ceiling_dbtp); });
    return;
  }
}

}  // namespace talkback::bench
