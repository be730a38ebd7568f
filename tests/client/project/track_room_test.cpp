#include "client/project/track_room.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/session/apply.hpp"
#include "engine/session/source_frames.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::project {
namespace {

constexpr ObjectId kTrack{100};
constexpr ObjectId kSource{101};
constexpr ObjectId kClip{102};
constexpr std::int64_t kBar = 4 * kTicksPerQuarter;
// A bar at 120 bpm and 48 kHz.
constexpr std::int64_t kBarFrames = 96'000;

class TrackRoomTest : public ::testing::TestWithParam<double> {
 protected:
  // A clip of eight bars as they are heard, from the song's start on, of a recording of the parameter's inverse length.
  TrackRoomTest() : now(session::Session::create({.title = "Song", .sample_rate_hz = 48'000})) {
    add(kSource, kRootId, [](v1::Object& o) {
      o.mutable_source()->set_blob_sha256(std::string(64, 'a'));
      o.mutable_source()->set_sample_rate_hz(48'000);
      o.mutable_source()->set_channels(1);
      o.mutable_source()->set_length_frames(40 * kBarFrames);
    });
    add(kTrack, kRootId, [](v1::Object& o) {
      o.mutable_track()->set_kind(v1::Track::AUDIO);
      o.mutable_track()->set_name("Vocal");
    });
    add(kClip, kTrack, [](v1::Object& o) {
      o.mutable_audio_clip()->set_source_id(kSource.value);
      o.mutable_audio_clip()->set_offset_frames(4'800);
      o.mutable_audio_clip()->set_length_frames(std::llround(8 * kBarFrames / GetParam()));
      o.mutable_audio_clip()->set_stretch(GetParam());
    });
  }
  void add(ObjectId id, ObjectId parent, const std::function<void(v1::Object&)>& fill) {
    v1::Edit edit;
    v1::Object& object = *edit.add_operations()->mutable_create();
    object.set_id(id.value);
    object.set_parent_id(parent.value);
    object.set_order("V");
    fill(object);
    ASSERT_TRUE(session::apply(now, edit));
  }
  void make_room(TickPosition from, TickPosition to) {
    v1::Edit edit;
    project::make_room(edit, now, kTrack, from, to, [this] { return ObjectId{++last_id}; });
    const auto report = session::apply(now, edit);
    ASSERT_TRUE(report) << report.error().message;
  }

  // Where the clips begin and end in the song, and which frame of the recording they begin with.
  struct Heard {
    std::int64_t from;
    std::int64_t to;
    std::int64_t recorded;
  };
  std::vector<Heard> heard() const {
    const timeline::TempoMap map = session::tempo_map(now);
    std::vector<Heard> result;
    for (const v1::Object* object : now.children(kTrack, v1::Object::kAudioClip)) {
      const v1::AudioClip& clip = object->audio_clip();
      const v1::Source& source = *session::source_of(now, clip.source_id());
      const std::int64_t from = map.frame_at(TickPosition{clip.position_ticks()}).count;
      result.push_back(
          {from, from + session::heard_frames(clip.length_frames(), clip, source, {48'000}), clip.offset_frames()});
    }
    std::ranges::sort(result, {}, &Heard::from);
    return result;
  }

  session::Session now;
  std::uint64_t last_id = 500;
};

TEST_P(TrackRoomTest, InTheMiddleLeavesBothEndsWhereTheyWere) {
  make_room(TickPosition{2 * kBar}, TickPosition{5 * kBar});
  const auto parts = heard();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].from, 0);
  EXPECT_NEAR(static_cast<double>(parts[0].to), 2 * kBarFrames, GetParam());
  EXPECT_EQ(parts[0].recorded, 4'800);
  EXPECT_EQ(parts[1].from, 5 * kBarFrames);
  EXPECT_NEAR(static_cast<double>(parts[1].to), 8 * kBarFrames, GetParam());
  EXPECT_EQ(parts[1].recorded, 4'800 + std::llround(5 * kBarFrames / GetParam()));
}

TEST_P(TrackRoomTest, AtTheFrontKeepsTheRest) {
  make_room(TickPosition{0}, TickPosition{3 * kBar});
  const auto parts = heard();
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].from, 3 * kBarFrames);
  EXPECT_EQ(parts[0].recorded, 4'800 + std::llround(3 * kBarFrames / GetParam()));
}

TEST_P(TrackRoomTest, OverAllTakesTheClip) {
  make_room(TickPosition{0}, TickPosition{8 * kBar});
  EXPECT_TRUE(heard().empty());
}

TEST_P(TrackRoomTest, BehindTheEndTakesNothing) {
  make_room(TickPosition{8 * kBar}, TickPosition{9 * kBar});
  ASSERT_EQ(heard().size(), 1U);
  EXPECT_NEAR(static_cast<double>(heard()[0].to), 8 * kBarFrames, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Stretch, TrackRoomTest, ::testing::Values(0.5, 92.0 / 98.0, 1.0, 1.7));

}  // namespace
}  // namespace talkback::project
