#include "engine/effects/processor.hpp"
#include "tests/engine/graph/graph_support.hpp"

namespace talkback::graph {
namespace {

TEST(MixingTest, MonoTrackStandsThreeDecibelsDownAtTheCentre) {
  SessionBuilder builder;
  builder.sounding_track("Voice", test_constant(1, 1'000, 0.5F));
  const AudioBuffer mix = heard(builder);
  EXPECT_NEAR(at(mix, 0, 500), 0.353553F, 1e-5F);
  EXPECT_EQ(at(mix, 0, 500), at(mix, 1, 500));
}

TEST(MixingTest, FaderPanGainAndPolarityMultiply) {
  SessionBuilder builder;
  const ObjectId track = builder.sounding_track("Bass", test_constant(1, 1'000, 0.5F));
  builder.change_track(track, [](v1::Track& t) {
    t.set_fader_db(-6.0);
    t.set_gain_db(2.0);
    t.set_pan(-1.0);
    t.set_polarity_inverted(true);
  });
  const AudioBuffer mix = heard(builder);
  EXPECT_NEAR(at(mix, 0, 500), -0.5F * std::pow(10.0F, -4.0F / 20.0F), 1e-5F);
  EXPECT_EQ(at(mix, 1, 500), 0.0F);
}

TEST(MixingTest, FaderAutomationIsALineInDecibelsAndJumpsAtItsFrame) {
  SessionBuilder builder;
  const ObjectId track = builder.sounding_track("Pad", test_constant(2, 48'000, 1.0F));
  builder.automate(track, "fader_db",
                   {{4'800, 0.0}, {14'405, -12.0, v1::Breakpoint::HOLD}, {24'007, 0.0, v1::Breakpoint::HOLD}});
  const AudioBuffer mix = heard(builder);
  EXPECT_EQ(at(mix, 0, 4'000), 1.0F);
  const double middle_db = -12.0 * (9'600.0 - 4'800.0) / (14'405.0 - 4'800.0);
  EXPECT_NEAR(dsp::db_from_gain(static_cast<double>(at(mix, 0, 9'600))), middle_db, 0.01);
  EXPECT_NEAR(dsp::db_from_gain(static_cast<double>(at(mix, 0, 14'405))), -12.0, 0.01);
  EXPECT_EQ(at(mix, 0, 24'007), at(mix, 0, 20'000));
  EXPECT_GT(at(mix, 0, 24'008), at(mix, 0, 20'000));
  EXPECT_EQ(at(mix, 0, 24'007 + 32), 1.0F);
}

TEST(MixingTest, EffectAutomationArrivesOnTime) {
  SessionBuilder builder;
  const ObjectId track = builder.sounding_track("Pad", test_constant(2, 48'000, 0.5F));
  const ObjectId insert = builder.insert(track, [](v1::Insert& i) { i.mutable_equaliser(); });
  builder.automate(insert, "equaliser.output_db", {{9'600, 0.0}, {19'200, -12.0}});
  const AudioBuffer mix = heard(builder);
  EXPECT_NEAR(dsp::db_from_gain(static_cast<double>(at(mix, 0, 14'400)) / 0.5), -6.0, 0.01);
  EXPECT_NEAR(dsp::db_from_gain(static_cast<double>(at(mix, 0, 19'200)) / 0.5), -12.0, 0.01);
}

// A lane of what steps: the effect is told at the breakpoint's own frame, on the control grid or not, and hears no
// number between two of them, whatever shape the breakpoints have.
TEST(MixingTest, ShapeAndSlopeOfABandStepAtTheirFrames) {
  const AudioBuffer sound = test_noise(2, 24'000);
  const auto fill = [](v1::Insert& i) {
    v1::EqualiserBand& band = *i.mutable_equaliser()->mutable_band_2();
    band.set_frequency_hz(600.0);
    band.set_gain_db(9.0);
  };
  const std::vector<SessionBuilder::Point> shapes = {{1'000, 1.0}, {7'001, 5.0}, {16'000, 3.0, v1::Breakpoint::HOLD}};
  const std::vector<SessionBuilder::Point> slopes = {{2'000, 12.0}, {9'613, 48.0}, {9'900, 24.0}};
  SessionBuilder builder;
  const ObjectId insert = builder.insert(builder.sounding_track("Pad", sound), fill);
  builder.automate(insert, "equaliser.band_2.shape", shapes);
  builder.automate(insert, "equaliser.band_2.slope_db_per_octave", slopes);
  builder.automate(insert, "equaliser.output_db", {{12'000, 0.0}, {12'960, -6.0}});

  const auto by_hand = effects::make_effect("equaliser");
  const auto set = [&](std::string_view name, double value) {
    by_hand->set(effects::parameter_index(by_hand->parameters(), name), value);
  };
  set("band_2.frequency_hz", 600.0);
  set("band_2.gain_db", 9.0);
  set("band_2.shape", 1.0);
  set("band_2.slope_db_per_octave", 12.0);
  by_hand->prepare({48'000}, 2);
  AudioBuffer expected = sound;
  for (int n = 0; n < 24'000; ++n) {
    for (const auto& point : shapes)
      if (point.frame == n) set("band_2.shape", point.value);
    for (const auto& point : slopes)
      if (point.frame == n) set("band_2.slope_db_per_octave", point.value);
    if (n % 32 == 0) set("output_db", -6.0 * std::clamp((n + 32 - 12'000) / 960.0, 0.0, 1.0));
    by_hand->process(expected.block().slice(n, 1));
  }
  const AudioBuffer mix = heard(builder, 24'000);
  // Sums are rounded; a step that came a frame late would be off by 1e-4.
  for (int n = 0; n < 24'000; ++n)
    for (int c = 0; c < 2; ++c) ASSERT_NEAR(at(mix, c, n), at(expected, c, n), 1e-6F) << "frame " << n;
  EXPECT_TRUE(same(heard(builder, 24'000, render::MixTap::mix, {.block_frames = 333}), mix));
}

void add_limiter(SessionBuilder& builder, ObjectId track) {
  builder.insert(track, [](v1::Insert& i) { i.mutable_limiter()->set_ceiling_dbtp(0.0); });
}

// The same sound over two ways of which one is inverted cancels only where both are equally late.
TEST(MixingTest, PathsOfDifferentLatencyMeetInTime) {
  const AudioBuffer sound = test_noise(2, 48'000);
  for (const bool pre_fader : {true, false}) {
    SessionBuilder builder;
    const ObjectId straight = builder.sounding_track("Straight", sound);
    const ObjectId bus = builder.track("Late", v1::Track::BUS);
    add_limiter(builder, bus);
    add_limiter(builder, bus);
    builder.change_track(bus, [](v1::Track& t) { t.set_polarity_inverted(true); });
    builder.send(straight, bus, pre_fader);
    EXPECT_LE(peak_db(heard(builder).block()), -120.0) << (pre_fader ? "before" : "after") << " the fader";
  }
}

// Look-ahead of whole frames, and nothing else.
void add_delay_of(SessionBuilder& builder, ObjectId track, int frames) {
  constexpr int kFramesMax = 512;
  for (; frames > 0; frames -= kFramesMax) {
    builder.insert(track, [&](v1::Insert& i) {
      i.mutable_compressor()->set_ratio(1.0);
      i.mutable_compressor()->set_lookahead_ms(std::min(frames, kFramesMax) / 48.0);
    });
  }
}

// Two tracks of one sound, one inverted, over every pair of ways: by a track, a send to a bus, a folder.
TEST(MixingTest, PathsOf0And64And2048FramesNull) {
  const AudioBuffer sound = test_noise(2, 24'000);
  for (const int first : {0, 64, 2'048}) {
    for (const int second : {0, 64, 2'048}) {
      for (const char* way : {"track", "send", "folder"}) {
        SessionBuilder builder;
        const ObjectId straight = builder.sounding_track("Straight", sound);
        add_delay_of(builder, straight, first);
        builder.change_track(straight, [](v1::Track& t) { t.set_polarity_inverted(true); });
        const bool is_folder = std::string_view(way) == "folder";
        const ObjectId folder = is_folder ? builder.track("Folder", v1::Track::FOLDER) : kRootId;
        const ObjectId other = builder.track("Other", v1::Track::AUDIO, folder);
        builder.clip(other, builder.source(sound), 0, sound.frame_count());
        ObjectId delayed = is_folder ? folder : other;
        if (std::string_view(way) == "send") {
          delayed = builder.track("Bus", v1::Track::BUS);
          builder.send(other, delayed, true);
          builder.change_track(other, [](v1::Track& t) { t.set_fader_db(-144.0); });
        }
        add_delay_of(builder, delayed, second);
        const auto graph = compile(builder.session, {}, builder.library);
        ASSERT_TRUE(graph);
        EXPECT_EQ(graph->entries[static_cast<std::size_t>(graph->mix.entry)].latency.count, std::max(first, second));
        EXPECT_LE(peak_db(heard(builder).block()), -120.0) << first << " against " << second << " by " << way;
      }
    }
  }
}

TEST(MixingTest, LookAheadIsCompensated) {
  SessionBuilder builder;
  const AudioBuffer sound = test_noise(2, 48'000);
  const ObjectId late = builder.sounding_track("Late", sound);
  builder.insert(late, [](v1::Insert& i) {
    i.mutable_compressor()->set_ratio(1.0);
    i.mutable_compressor()->set_lookahead_ms(12.5);
  });
  builder.insert(late, [](v1::Insert& i) { i.mutable_saturation()->set_mix_percent(0.0); });
  const ObjectId straight = builder.sounding_track("Straight", sound);
  builder.change_track(straight, [](v1::Track& t) { t.set_polarity_inverted(true); });
  EXPECT_LE(peak_db(heard(builder).block()), -120.0);
}

TEST(MixingTest, LatencyInsideOneTrackIsCompensatedInTheOthersAndTheMaster) {
  SessionBuilder builder;
  const AudioBuffer sound = test_noise(2, 48'000);
  const ObjectId late = builder.sounding_track("Late", sound);
  add_limiter(builder, late);
  const ObjectId straight = builder.sounding_track("Straight", sound);
  builder.change_track(straight, [](v1::Track& t) { t.set_polarity_inverted(true); });
  EXPECT_LE(peak_db(heard(builder).block()), -120.0);
  builder.change_track(straight, [](v1::Track& t) { t.set_mute(true); });
  add_limiter(builder, session::kMasterId);
  EXPECT_TRUE(same(heard(builder, 0, render::MixTap::master), sound));
}

TEST(MixingTest, BypassIsTransparentAlsoWhenItIsAutomated) {
  SessionBuilder builder;
  const AudioBuffer sound = test_noise(2, 48'000);
  const ObjectId track = builder.sounding_track("Drums", sound);
  const ObjectId insert = builder.insert(track, [](v1::Insert& i) {
    i.set_bypassed(true);
    i.mutable_limiter()->set_drive_db(24.0);
  });
  EXPECT_TRUE(same(heard(builder), sound));
  builder.automate(insert, "bypassed", {{0, 1.0, v1::Breakpoint::HOLD}, {24'000, 0.0, v1::Breakpoint::HOLD}});
  const AudioBuffer mix = heard(builder);
  EXPECT_TRUE(std::ranges::equal(mix.block().slice(0, 24'000).channel(0), sound.block().slice(0, 24'000).channel(0)));
  EXPECT_NE(at(mix, 0, 30'000), at(sound, 0, 30'000));
}

TEST(MixingTest, SyncedEchoFollowsTheTempo) {
  SessionBuilder builder;
  AudioBuffer click(2, 48'000);
  click.block().channel(0)[0] = 1.0F;
  const ObjectId track = builder.sounding_track("Click", click);
  builder.insert(track, [](v1::Insert& i) {
    i.mutable_delay()->set_sync_quarters(0.75);
    i.mutable_delay()->set_mix_percent(100.0);
    i.mutable_delay()->set_high_cut_hz(22'000.0);
    i.mutable_delay()->set_low_cut_hz(10.0);
  });
  const AudioBuffer mix = heard(builder);
  EXPECT_GT(at(mix, 0, 18'000), 0.8F);
  EXPECT_EQ(at(mix, 0, 17'999), 0.0F);
}

// The memory of a delay is what its lane asks for, and not what its field says.
TEST(MixingTest, AutomatedEchoTimesAreNotCut) {
  SessionBuilder builder;
  AudioBuffer click(2, 48'000);
  click.block().channel(0)[0] = 1.0F;
  const ObjectId track = builder.sounding_track("Click", click);
  const ObjectId insert = builder.insert(track, [](v1::Insert& i) {
    i.mutable_delay()->set_time_ms(10.0);
    i.mutable_delay()->set_mix_percent(100.0);
    i.mutable_delay()->set_high_cut_hz(22'000.0);
    i.mutable_delay()->set_low_cut_hz(10.0);
  });
  builder.automate(insert, "delay.time_ms", {{0, 500.0, v1::Breakpoint::HOLD}, {40'000, 20.0, v1::Breakpoint::HOLD}});
  const AudioBuffer mix = heard(builder);
  EXPECT_GT(at(mix, 0, 24'000), 0.8F);
  EXPECT_EQ(at(mix, 0, 480), 0.0F);
}

// Two quarters are a second at 120 bpm, and two thirds of one at 180.
TEST(MixingTest, SyncedTremoloFollowsTheTempo) {
  SessionBuilder builder;
  const ObjectId track = builder.sounding_track("Pad", test_constant(2, 96'000, 1.0F));
  builder.insert(track, [](v1::Insert& i) {
    i.mutable_tremolo()->set_sync_quarters(2.0);
    i.mutable_tremolo()->set_depth_percent(100.0);
  });
  const AudioBuffer constant = heard(builder);
  EXPECT_NEAR(at(constant, 0, 24'000), 0.0F, 1e-4F);
  EXPECT_NEAR(at(constant, 0, 48'000), 1.0F, 1e-4F);
  builder.add(kRootId, [](v1::Object& o) { o.mutable_tempo()->set_bpm(120.0); });
  builder.add(kRootId, [](v1::Object& o) {
    o.mutable_tempo()->set_position_ticks(SessionBuilder::ticks_of_seconds(1.0));
    o.mutable_tempo()->set_bpm(180.0);
  });
  const AudioBuffer moving = heard(builder);
  EXPECT_NEAR(at(moving, 0, 24'000), 0.0F, 1e-3F);
  EXPECT_NEAR(at(moving, 0, 48'000 + 16'000), 0.0F, 2e-3F);
}

TEST(MixingTest, MonoAndStereoReverbTracksKeepTheirDryLevel) {
  SessionBuilder builder;
  const ObjectId track = builder.sounding_track("Voice", test_constant(1, 4'800, 0.5F));
  builder.insert(track, [](v1::Insert& i) { i.mutable_reverb()->set_mix_percent(0.0); });
  EXPECT_NEAR(at(heard(builder), 0, 2'000), 0.353553F, 1e-5F);
}

}  // namespace
}  // namespace talkback::graph
