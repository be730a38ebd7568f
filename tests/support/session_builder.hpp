// Sessions for the tests of sound, with their sources as files in a temporary folder.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <string>

#include "engine/base/sha256.hpp"
#include "engine/dsp/dither.hpp"
#include "engine/media/audio_writer.hpp"
#include "engine/media/source_library.hpp"
#include "engine/session/session.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback {

inline AudioBuffer test_noise(int channels, int frames, float peak = 0.25F, std::uint64_t seed = 1) {
  AudioBuffer result(channels, frames);
  const dsp::TpdfDither source(seed);
  for (int c = 0; c < channels; ++c) {
    for (int n = 0; n < frames; ++n)
      result.block().channel(c)[static_cast<std::size_t>(n)] = peak * static_cast<float>(source.noise(c, {n}));
  }
  return result;
}

inline AudioBuffer test_constant(int channels, int frames, float value) {
  AudioBuffer result(channels, frames);
  for (int c = 0; c < channels; ++c) std::ranges::fill(result.block().channel(c), value);
  return result;
}

class SessionBuilder {
 public:
  explicit SessionBuilder(int sample_rate_hz = 48'000)
      : session(session::Session::create({.title = "Test", .sample_rate_hz = sample_rate_hz})),
        library(
            [this](std::string_view name) -> Result<std::filesystem::path> {
              if (!std::filesystem::exists(folder / name)) return Error{ErrorCode::not_found, "the sound is missing"};
              return folder / name;
            },
            folder / "cache") {
    change(kRootId, [](v1::Object& o) { o.mutable_settings()->set_tail_s(0.0); });
  }

  // A quarter is half a second at 120 bpm.
  static std::int64_t ticks_of_seconds(double seconds) { return std::llround(seconds * 2.0 * kTicksPerQuarter); }
  std::int64_t ticks(std::int64_t frames) const {
    return ticks_of_seconds(static_cast<double>(frames) / session.settings().sample_rate_hz());
  }

  ObjectId add(ObjectId parent, const std::function<void(v1::Object&)>& fill) {
    auto object = std::make_shared<v1::Object>();
    object->set_id(++last_id_);
    object->set_parent_id(parent.value);
    object->set_order(std::to_string(last_id_) + "V");  // an order key does not end in 0
    fill(*object);
    session.put(object);
    return ObjectId{last_id_};
  }
  void change(ObjectId id, const std::function<void(v1::Object&)>& fill) {
    auto object = std::make_shared<v1::Object>(*session.find(id));
    fill(*object);
    session.put(object);
  }
  // With what lies in it.
  void remove(ObjectId id) {
    for (const v1::Object* child : session.children(id)) remove(session::id_of(*child));
    session.remove(id);
  }
  void change_track(ObjectId id, const std::function<void(v1::Track&)>& fill) {
    change(id, [&](v1::Object& o) { fill(*o.mutable_track()); });
  }

  ObjectId source(const AudioBuffer& sound, int rate_hz = 48'000) {
    const std::string name = "blob" + std::to_string(last_id_);
    media::WriterOptions options;
    options.rate = {rate_hz};
    options.channels = sound.channel_count();
    auto writer = media::AudioWriter::create(folder / name, options);
    EXPECT_TRUE(writer && writer->write(sound.block()) && writer->finish());
    const std::string sha256 = to_hex(*sha256_of_file(folder / name));
    std::filesystem::rename(folder / name, folder / sha256);
    return add(kRootId, [&](v1::Object& o) {
      o.mutable_source()->set_name(name);
      o.mutable_source()->set_blob_sha256(sha256);
      o.mutable_source()->set_sample_rate_hz(static_cast<std::uint32_t>(rate_hz));
      o.mutable_source()->set_channels(static_cast<std::uint32_t>(sound.channel_count()));
      o.mutable_source()->set_length_frames(sound.frame_count());
    });
  }
  ObjectId track(const std::string& name, v1::Track::Kind kind = v1::Track::AUDIO, ObjectId parent = kRootId) {
    return add(parent, [&](v1::Object& o) {
      o.mutable_track()->set_name(name);
      o.mutable_track()->set_kind(kind);
    });
  }
  ObjectId clip(ObjectId track, ObjectId source_id, std::int64_t start_frame, std::int64_t length,
                const std::function<void(v1::AudioClip&)>& fill = {}) {
    return add(track, [&](v1::Object& o) {
      v1::AudioClip& clip = *o.mutable_audio_clip();
      clip.set_source_id(source_id.value);
      clip.set_position_ticks(ticks(start_frame));
      clip.set_length_frames(length);
      if (fill) fill(clip);
    });
  }
  // A track with one clip of the sound from the start on.
  ObjectId sounding_track(const std::string& name, const AudioBuffer& sound) {
    const ObjectId id = track(name);
    clip(id, source(sound), 0, sound.frame_count());
    return id;
  }
  ObjectId insert(ObjectId track, const std::function<void(v1::Insert&)>& fill) {
    return add(track, [&](v1::Object& o) { fill(*o.mutable_insert()); });
  }
  ObjectId send(ObjectId track, ObjectId bus, bool pre_fader, double level_db = 0.0) {
    return add(track, [&](v1::Object& o) {
      o.mutable_send()->set_target_id(bus.value);
      o.mutable_send()->set_pre_fader(pre_fader);
      o.mutable_send()->set_level_db(level_db);
    });
  }
  struct Point {
    std::int64_t frame;
    double value;
    v1::Breakpoint::Shape shape = v1::Breakpoint::LINEAR;
    double tension = 0.0;
  };
  void automate(ObjectId parent, const std::string& field, const std::vector<Point>& points) {
    const ObjectId lane = add(parent, [&](v1::Object& o) { o.mutable_automation()->set_field(field); });
    for (const Point& point : points) {
      add(lane, [&](v1::Object& o) {
        o.mutable_breakpoint()->set_position_ticks(ticks(point.frame));
        o.mutable_breakpoint()->set_value(point.value);
        o.mutable_breakpoint()->set_shape(point.shape);
        o.mutable_breakpoint()->set_tension(point.tension);
      });
    }
  }

  TemporaryFolder folder;
  session::Session session;
  media::SourceLibrary library;

 private:
  std::uint64_t last_id_ = 100;
};

}  // namespace talkback
