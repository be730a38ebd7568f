#include "engine/editing/stretching.hpp"

#include <gtest/gtest.h>

#include "engine/session/apply.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::editing {
namespace {

using session::Session;

constexpr ObjectId kDrums{100};
constexpr ObjectId kSource{101};
constexpr ObjectId kClip{102};
constexpr std::int64_t kBar = 4 * kTicksPerQuarter;

// At 120 bpm; a loop of two bars of 92 bpm, recorded at 44.1 kHz, lies on bar 3.
class Studio {
 public:
  Studio() : now(Session::create({.title = "Song", .sample_rate_hz = 48'000})) {
    add(kSource, kRootId, [](v1::Object& o) {
      o.mutable_source()->set_blob_sha256(std::string(64, 'a'));
      o.mutable_source()->set_sample_rate_hz(44'100);
      o.mutable_source()->set_channels(2);
      o.mutable_source()->set_length_frames(kLoopFrames);
    });
    add(kDrums, kRootId, [](v1::Object& o) {
      o.mutable_track()->set_kind(v1::Track::AUDIO);
      o.mutable_track()->set_name("Drums");
    });
    add(kClip, kDrums, [](v1::Object& o) {
      o.mutable_audio_clip()->set_name("break");
      o.mutable_audio_clip()->set_source_id(kSource.value);
      o.mutable_audio_clip()->set_position_ticks(2 * kBar);
      o.mutable_audio_clip()->set_length_frames(kLoopFrames);
    });
  }

  void add(ObjectId id, ObjectId parent, const std::function<void(v1::Object&)>& fill) {
    v1::Edit edit;
    v1::Object& object = *edit.add_operations()->mutable_create();
    object.set_id(id.value);
    object.set_parent_id(parent.value);
    object.set_order("V");
    fill(object);
    apply(edit);
  }
  void apply(const v1::Edit& edit) {
    const auto report = session::apply(now, edit);
    ASSERT_TRUE(report) << report.error().message;
  }
  const v1::AudioClip& clip() const { return now.find(kClip)->audio_clip(); }
  Result<double> ratio(const StretchTarget& target) const {
    return stretch_for(now, session::tempo_map(now), clip(), target);
  }
  Result<v1::Edit> edit(const ClipStretch& wanted) const {
    return stretch(now, session::tempo_map(now), *now.find(kClip), wanted);
  }

  // Eight beats at 92 bpm.
  static constexpr std::int64_t kLoopFrames = 230'087;

  Session now;
};

TEST(StretchingTest, ALoopFollowsTheTempoOfTheSong) {
  EXPECT_NEAR(Studio().ratio(RecordedTempo{92.0}).value(), 92.0 / 120.0, 1e-9);
  EXPECT_NEAR(Studio().ratio(RecordedTempo{120.0}).value(), 1.0, 1e-9);
}

TEST(StretchingTest, AcrossAChangeOfTempoTheLastBeatLiesRight) {
  Studio studio;
  // From bar 4 on at 60 bpm: the loop's first bar takes 2 s, its second 4 s.
  studio.add(ObjectId{200}, kRootId, [](v1::Object& o) {
    o.mutable_tempo()->set_position_ticks(3 * kBar);
    o.mutable_tempo()->set_bpm(60.0);
  });
  EXPECT_NEAR(studio.ratio(RecordedTempo{92.0}).value(), 6.0 / (Studio::kLoopFrames / 44'100.0), 1e-5);
}

TEST(StretchingTest, TheEndLiesWhereItIsWanted) {
  // Two bars of two seconds.
  EXPECT_NEAR(Studio().ratio(ClipEnd{TickPosition{4 * kBar}}).value(), 4.0 / (Studio::kLoopFrames / 44'100.0), 1e-9);
}

TEST(StretchingTest, WhatCannotBeDoneSaysWhatCan) {
  const Studio studio;
  for (const StretchTarget& target : std::initializer_list<StretchTarget>{
           Ratio{0.1}, Ratio{4.5}, RecordedTempo{0.0}, RecordedTempo{900.0}, ClipEnd{TickPosition{2 * kBar}},
           ClipEnd{TickPosition{kBar}}, ClipEnd{TickPosition{100 * kBar}}}) {
    const auto ratio = studio.ratio(target);
    ASSERT_FALSE(ratio) << target.index();
    EXPECT_EQ(ratio.error().code, ErrorCode::invalid);
  }
  EXPECT_NE(studio.ratio(Ratio{0.1}).error().message.find("from 0.25 to 4"), std::string::npos);
}

TEST(StretchingTest, TheEditSetsWhatChangesOnly) {
  Studio studio;
  const auto both = studio.edit({.target = Ratio{1.5}, .transpose_st = -2.0});
  ASSERT_TRUE(both) << both.error().message;
  studio.apply(*both);
  EXPECT_EQ(studio.clip().stretch(), 1.5);
  EXPECT_EQ(studio.clip().transpose_st(), -2.0);
  EXPECT_EQ(studio.edit({.target = Ratio{1.5}, .transpose_st = -2.0})->operations_size(), 0);
  const auto back = studio.edit({.target = Ratio{1.0}, .transpose_st = std::nullopt});
  ASSERT_EQ(back->operations_size(), 1);
  EXPECT_EQ(back->operations(0).update().fields().paths_size(), 1);
  studio.apply(*back);
  EXPECT_EQ(studio.clip().stretch(), 1.0);
  EXPECT_EQ(studio.clip().transpose_st(), -2.0);
}

}  // namespace
}  // namespace talkback::editing
