#include "tests/engine/graph/graph_support.hpp"

namespace talkback::graph {
namespace {

TEST(ClipsTest, StereoClipAtUnityPassesUnchangedAtItsPlace) {
  SessionBuilder builder;
  const AudioBuffer sound = test_noise(2, 30'000);
  const ObjectId track = builder.track("Guitar");
  builder.clip(track, builder.source(sound), 12'345, 20'000, [](v1::AudioClip& clip) { clip.set_offset_frames(777); });
  const AudioBuffer mix = heard(builder);
  EXPECT_EQ(mix.frame_count(), 32'345);
  EXPECT_EQ(peak_db(mix.block().slice(0, 12'345)), peak_db(AudioBuffer(2, 1).block()));
  EXPECT_TRUE(
      std::ranges::equal(mix.block().slice(12'345, 20'000).channel(1), sound.block().slice(777, 20'000).channel(1)));
}

TEST(ClipsTest, FadesFollowTheirLaw) {
  SessionBuilder builder;
  const ObjectId track = builder.track("Pad");
  builder.clip(track, builder.source(test_constant(2, 10'000, 0.5F)), 0, 10'000, [](v1::AudioClip& clip) {
    clip.set_fade_in_frames(1'000);
    clip.set_fade_out_frames(2'000);
    clip.set_fade_out_shape(v1::AudioClip::EQUAL_POWER);
  });
  const AudioBuffer mix = heard(builder);
  EXPECT_NEAR(at(mix, 0, 500), 0.25F, 0.001F);
  EXPECT_EQ(at(mix, 0, 5'000), 0.5F);
  EXPECT_NEAR(at(mix, 0, 9'000), 0.5F * std::sqrt(0.5F), 0.001F);
}

TEST(ClipsTest, LinearCrossfadeOfOneSoundWithItselfIsSeamless) {
  SessionBuilder builder;
  const AudioBuffer sound = test_noise(2, 20'000);
  const ObjectId source = builder.source(sound);
  const ObjectId track = builder.track("Voice");
  builder.clip(track, source, 0, 12'000, [](v1::AudioClip& clip) { clip.set_fade_out_frames(4'000); });
  builder.clip(track, source, 8'000, 12'000, [](v1::AudioClip& clip) {
    clip.set_offset_frames(8'000);
    clip.set_fade_in_frames(4'000);
  });
  const AudioBuffer mix = heard(builder);
  for (int n = 0; n < 20'000; ++n) ASSERT_NEAR(at(mix, 0, n), at(sound, 0, n), 1e-6F) << n;
}

TEST(ClipsTest, AStretchedClipSoundsAsLongerAndCutInTwoAsWhole) {
  const AudioBuffer sound = test_noise(2, 48'000);
  const auto heard_of = [&](const std::vector<std::pair<std::int64_t, std::int64_t>>& parts) {
    SessionBuilder builder;
    const ObjectId track = builder.track("Drums");
    const ObjectId source = builder.source(sound);
    for (const auto& [offset, length] : parts) {
      builder.clip(track, source, 1'000 + offset * 3 / 2, length, [&, from = offset](v1::AudioClip& clip) {
        clip.set_offset_frames(from);
        clip.set_stretch(1.5);
      });
    }
    return heard(builder);
  };
  const AudioBuffer whole = heard_of({{0, 48'000}});
  EXPECT_EQ(whole.frame_count(), 1'000 + 72'000);
  EXPECT_GT(peak_db(whole.block().slice(70'000, 2'000)), -30.0);
  EXPECT_TRUE(same(whole, heard_of({{0, 20'000}, {20'000, 28'000}})));
}

TEST(ClipsTest, FadesStretchWithTheirClip) {
  SessionBuilder builder;
  const ObjectId track = builder.track("Pad");
  const AudioBuffer sound = test_noise(2, 40'000);
  const ObjectId source = builder.source(sound);
  const ObjectId clip = builder.clip(track, source, 0, 40'000, [](v1::AudioClip& c) { c.set_stretch(2.0); });
  const AudioBuffer plain = heard(builder);
  builder.change(clip, [](v1::Object& o) { o.mutable_audio_clip()->set_fade_in_frames(10'000); });
  const AudioBuffer faded = heard(builder);
  EXPECT_NEAR(at(faded, 0, 10'000), 0.5F * at(plain, 0, 10'000), 1e-4F);
  EXPECT_EQ(at(faded, 0, 20'000), at(plain, 0, 20'000));
}

TEST(ClipsTest, OfDifferentStretchesOfOneSoundEachIsHeard) {
  const AudioBuffer sound = test_noise(2, 30'000);
  const auto heard_of = [&](const std::vector<double>& stretches) {
    SessionBuilder builder;
    const ObjectId track = builder.track("Loop");
    const ObjectId source = builder.source(sound);
    std::int64_t start = 0;
    for (const double stretch : stretches) {
      builder.clip(track, source, start, 20'000, [&](v1::AudioClip& clip) { clip.set_stretch(stretch); });
      start += 60'000;
    }
    return heard(builder);
  };
  const AudioBuffer both = heard_of({1.25, 0.75});
  const AudioBuffer first = heard_of({1.25});
  const AudioBuffer second = heard_of({0.75});
  EXPECT_TRUE(std::ranges::equal(both.block().slice(0, 25'000).channel(0), first.block().channel(0)));
  EXPECT_TRUE(std::ranges::equal(both.block().slice(60'000, 15'000).channel(0), second.block().channel(0)));
}

TEST(ClipsTest, CompSegmentsPlayTheirTakesWithEqualPowerCrossfades) {
  SessionBuilder builder;
  const ObjectId track = builder.track("Vocal");
  const auto take = [&](float value) {
    const ObjectId source = builder.source(test_constant(2, 96'000, value));
    return builder.add(track, [&](v1::Object& o) {
      o.mutable_take()->set_source_id(source.value);
      o.mutable_take()->set_position_ticks(builder.ticks(0));
      o.mutable_take()->set_offset_frames(1'000);
      o.mutable_take()->set_length_frames(95'000);
    });
  };
  const auto segment = [&](ObjectId take_id, std::int64_t start, std::int64_t length) {
    builder.add(track, [&](v1::Object& o) {
      o.mutable_comp()->set_take_id(take_id.value);
      o.mutable_comp()->set_position_ticks(builder.ticks(start));
      o.mutable_comp()->set_length_ticks(builder.ticks(length));
      o.mutable_comp()->set_crossfade_ms(20.0);
    });
  };
  segment(take(0.25F), 12'000, 24'000);
  segment(take(-0.5F), 36'000, 24'000);
  const AudioBuffer mix = heard(builder);
  EXPECT_EQ(at(mix, 0, 11'000), 0.0F);
  EXPECT_EQ(at(mix, 0, 24'000), 0.25F);
  EXPECT_EQ(at(mix, 0, 48'000), -0.5F);
  EXPECT_NEAR(at(mix, 0, 36'000), (0.25F - 0.5F) * std::sqrt(0.5F), 0.001F);
}

// A track with takes of these sounds, each from the start on, and a small language for its comp.
struct Comp {
  explicit Comp(const std::vector<AudioBuffer>& sounds) : track(builder.track("Vocal")) {
    for (const AudioBuffer& sound : sounds) {
      const ObjectId source = builder.source(sound);
      takes.push_back(builder.add(track, [&](v1::Object& o) {
        o.mutable_take()->set_source_id(source.value);
        o.mutable_take()->set_length_frames(sound.frame_count());
      }));
    }
  }
  void pick(std::size_t take, std::int64_t from, std::int64_t to, double crossfade_ms = 10.0) {
    builder.add(track, [&](v1::Object& o) {
      o.mutable_comp()->set_take_id(takes[take].value);
      o.mutable_comp()->set_position_ticks(builder.ticks(from));
      o.mutable_comp()->set_length_ticks(builder.ticks(to) - builder.ticks(from));
      o.mutable_comp()->set_crossfade_ms(crossfade_ms);
    });
  }

  SessionBuilder builder;
  ObjectId track;
  std::vector<ObjectId> takes;
};

// Picks on picks, also where a short one allows less than its neighbour: at every frame the squares of the gains sum to
// 1, to -120 dB, and outside the crossfades one take alone plays at exactly 1.
TEST(ClipsTest, ACompHasEqualPowerAtEveryFrame) {
  constexpr int kFrames = 96'000;
  std::array<std::vector<float>, 2> gains;
  for (std::size_t heard_take = 0; heard_take < 2; ++heard_take) {
    Comp comp({test_constant(2, kFrames, heard_take == 0 ? 0.5F : 0.0F),
               test_constant(2, kFrames, heard_take == 1 ? 0.5F : 0.0F)});
    comp.pick(0, 0, kFrames);
    comp.pick(1, 20'000, 50'000);
    comp.pick(0, 30'000, 30'200, 500.0);  // 200 frames with a crossfade of half a second
    comp.pick(1, 70'000, 80'000, 50.0);
    comp.pick(0, 75'000, 85'000, 0.0);  // a hard cut
    const AudioBuffer mix = heard(comp.builder);
    const auto channel = mix.block().channel(0);
    gains[heard_take].assign(channel.begin(), channel.end());
  }
  ASSERT_GE(gains[0].size(), 95'000U);
  int crossfading = 0;
  for (std::size_t n = 1'000; n < 95'000; ++n) {
    const double one = 2.0 * static_cast<double>(gains[0][n]);
    const double other = 2.0 * static_cast<double>(gains[1][n]);
    ASSERT_NEAR(one * one + other * other, 1.0, 1e-6) << n;
    crossfading += one != 0.0 && other != 0.0 ? 1 : 0;
  }
  // 10 ms at 20,000 and 50,000; 200 frames at 30,000 and 30,200, no more than the pick is long; 50 ms at 70,000.
  EXPECT_NEAR(crossfading, 480 + 480 + 200 + 200 + 2'400, 10);
}

// Picks of one take that meet, lie on each other or are made anew are the take itself, bit for bit.
TEST(ClipsTest, ATakeThatGoesOnIsNotCut) {
  const AudioBuffer sound = test_noise(2, 96'000);
  Comp comp({sound});
  comp.pick(0, 0, 30'000);
  comp.pick(0, 30'000, 60'000);
  comp.pick(0, 50'000, 96'000);
  comp.pick(0, 10'000, 40'000);
  const AudioBuffer mix = heard(comp.builder);
  for (int c = 0; c < 2; ++c)
    EXPECT_TRUE(
        std::ranges::equal(mix.block().slice(1'000, 94'000).channel(c), sound.block().slice(1'000, 94'000).channel(c)));
}

// Two takes of one sound, comped to and fro, null against it outside the crossfades: to the last bit.
TEST(ClipsTest, TakesOfOneSoundNullAgainstItOutsideTheCrossfades) {
  const AudioBuffer sound = test_noise(2, 96'000);
  Comp comp({sound, sound});
  comp.pick(0, 0, 96'000);
  comp.pick(1, 24'000, 48'000);
  const AudioBuffer mix = heard(comp.builder);
  for (int n = 1'000; n < 95'000; ++n) {
    const bool crossfades = std::abs(n - 24'000) <= 240 || std::abs(n - 48'000) <= 240;
    const float off = at(mix, 0, n) - at(sound, 0, n);
    // Inside, one sound with itself gains 3 dB at the most: the law is made for takes that differ.
    ASSERT_LE(std::abs(off), crossfades ? 0.415F * std::abs(at(sound, 0, n)) + 1e-6F : 0.0F) << n;
  }
}

TEST(ClipsTest, MutedClipsAreSilentAndGainCounts) {
  SessionBuilder builder;
  const ObjectId source = builder.source(test_constant(2, 1'000, 0.5F));
  const ObjectId track = builder.track("Keys");
  builder.clip(track, source, 0, 1'000, [](v1::AudioClip& clip) { clip.set_mute(true); });
  builder.clip(track, source, 0, 1'000, [](v1::AudioClip& clip) { clip.set_gain_db(-6.0206); });
  EXPECT_NEAR(at(heard(builder), 0, 500), 0.25F, 1e-5F);
}

TEST(ClipsTest, SourcesOfAnotherRateStartOnTheRightFrame) {
  SessionBuilder builder;
  AudioBuffer sound(2, 44'100);
  sound.block().channel(0)[22'050] = sound.block().channel(1)[22'050] = 0.5F;
  const ObjectId track = builder.track("Field");
  builder.clip(track, builder.source(sound, 44'100), 4'800, 44'100);
  const AudioBuffer mix = heard(builder);
  EXPECT_EQ(mix.frame_count(), 52'800);
  const auto channel = mix.block().channel(0);
  EXPECT_EQ(std::ranges::max_element(channel) - channel.begin(), 4'800 + 24'000);
}

TEST(ClipsTest, MissingSoundsAreNamed) {
  SessionBuilder builder;
  const ObjectId track = builder.track("Solo Violin");
  const ObjectId source = builder.source(test_noise(2, 100));
  builder.clip(track, source, 0, 100, [](v1::AudioClip& clip) { clip.set_name("Take 7"); });
  std::filesystem::remove(builder.folder / builder.session.find(source)->source().blob_sha256());
  const auto graph = compile(builder.session, {}, builder.library);
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, ErrorCode::not_found);
  EXPECT_NE(graph.error().message.find("Solo Violin"), std::string::npos);
  EXPECT_NE(graph.error().message.find("Take 7"), std::string::npos);
}

TEST(ClipsTest, SessionWithoutClipsHasNothingToPlay) {
  SessionBuilder builder;
  builder.track("Empty");
  EXPECT_EQ(compile(builder.session, {}, builder.library).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace talkback::graph
