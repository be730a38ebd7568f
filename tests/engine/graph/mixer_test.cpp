// Side-chains, VCA groups, pan laws and solo-safe tracks.
#include "tests/engine/graph/graph_support.hpp"

namespace talkback::graph {
namespace {

class MixerTest : public testing::Test {
 protected:
  ObjectId tone(const std::string& name, float value, int frames = 24'000) {
    return builder.sounding_track(name, test_constant(2, frames, value));
  }
  double level_db(int frame) { return dsp::db_from_gain(static_cast<double>(at(heard(builder), 0, frame))); }

  SessionBuilder builder;
};

TEST_F(MixerTest, ASideChainSteersTheEffectAlsoWhenItsTrackIsMuted) {
  const ObjectId pad = tone("Pad", 0.1F);
  const ObjectId kick = builder.track("Kick");
  builder.clip(kick, builder.source(test_constant(1, 6'000, 1.0F)), 12'000, 6'000);
  builder.change_track(kick, [](v1::Track& t) { t.set_mute(true); });
  builder.insert(pad, [&](v1::Insert& i) {
    i.set_side_chain_id(kick.value);
    v1::Compressor& compressor = *i.mutable_compressor();
    compressor.set_threshold_db(-20.0);
    compressor.set_ratio(2.0);
    compressor.set_knee_db(0.0);
    compressor.set_attack_ms(1.0);
    compressor.set_release_ms(20.0);
  });
  const AudioBuffer mix = heard(builder);
  const auto db_at = [&](int frame) { return dsp::db_from_gain(static_cast<double>(at(mix, 0, frame)) / 0.1); };
  // The pad itself lies at the threshold and is left alone; the kick is 20 dB over it.
  EXPECT_NEAR(db_at(11'000), 0.0, 0.01);
  EXPECT_NEAR(db_at(17'000), -10.0, 0.1);
  EXPECT_NEAR(db_at(23'900), 0.0, 0.2);
}

// The key is as late as what it steers: a gate opens at the very frame, with and without latency on either way.
TEST_F(MixerTest, ASideChainIsInTimeWhateverTheLatencies) {
  const auto opened_at = [](bool delays_pad, bool delays_key) {
    SessionBuilder session;
    const ObjectId pad = session.sounding_track("Pad", test_constant(2, 24'000, 0.5F));
    const ObjectId key = session.track("Key");
    session.clip(key, session.source(test_constant(2, 6'000, 0.9F)), 12'000, 6'000);
    session.change_track(key, [](v1::Track& t) { t.set_mute(true); });
    const auto add_latency = [&](ObjectId track) {
      session.insert(track, [](v1::Insert& i) {
        i.mutable_compressor()->set_ratio(1.0);
        i.mutable_compressor()->set_lookahead_ms(5.0);
      });
    };
    if (delays_pad) add_latency(pad);
    if (delays_key) add_latency(key);
    session.insert(pad, [&](v1::Insert& i) {
      i.set_side_chain_id(key.value);
      i.mutable_gate()->set_threshold_db(-20.0);
      i.mutable_gate()->set_hold_ms(1.0);
      i.mutable_gate()->set_release_ms(10.0);
    });
    const AudioBuffer mix = heard(session);
    // It starts open and has long been closed by now.
    int frame = 11'000;
    while (frame < 23'999 && at(mix, 0, frame) < 0.25F) ++frame;
    return frame;
  };
  const int plain = opened_at(false, false);
  EXPECT_NEAR(plain, 12'000, 100);
  EXPECT_EQ(opened_at(true, false), plain);
  EXPECT_EQ(opened_at(false, true), plain);
  EXPECT_EQ(opened_at(true, true), plain);
}

TEST_F(MixerTest, AnEffectThatListensToNobodySaysSo) {
  const ObjectId pad = tone("Pad", 0.1F);
  const ObjectId kick = tone("Kick", 0.0F);
  builder.insert(pad, [&](v1::Insert& i) {
    i.set_side_chain_id(kick.value);
    i.mutable_reverb();
  });
  const auto graph = compile(builder.session, {}, builder.library);
  ASSERT_TRUE(graph);
  ASSERT_EQ(graph->warnings.size(), 1U);
  EXPECT_EQ(graph->warnings[0], "Pad: reverb listens to no other track; its side-chain is left out.");
}

TEST_F(MixerTest, AVcaMovesMutesAndSolosItsTracksAndNothingElse) {
  const ObjectId one = tone("One", 0.1F);
  tone("Two", 0.01F);
  const ObjectId group = builder.track("Drums", v1::Track::VCA);
  builder.change_track(one, [&](v1::Track& t) {
    t.set_vca_id(group.value);
    t.set_fader_db(-2.0);
  });
  builder.change_track(group, [](v1::Track& t) { t.set_fader_db(-4.0); });
  const float quieter = 0.1F * std::pow(10.0F, -6.0F / 20.0F);
  EXPECT_NEAR(at(heard(builder), 0, 500), quieter + 0.01F, 1e-6F);
  builder.change_track(group, [](v1::Track& t) { t.set_mute(true); });
  EXPECT_NEAR(at(heard(builder), 0, 500), 0.01F, 1e-6F);
  builder.change_track(group, [](v1::Track& t) {
    t.set_mute(false);
    t.set_solo(true);
  });
  EXPECT_NEAR(at(heard(builder), 0, 500), quieter, 1e-6F);
  builder.change_track(group, [](v1::Track& t) { t.set_fader_db(-144.0); });
  builder.change_track(one, [](v1::Track& t) { t.set_fader_db(20.0); });
  EXPECT_EQ(at(heard(builder), 0, 500), 0.0F);
}

TEST_F(MixerTest, AVcaIsAutomatedInDecibels) {
  const ObjectId one = tone("One", 0.5F);
  const ObjectId group = builder.track("Group", v1::Track::VCA);
  builder.change_track(one, [&](v1::Track& t) { t.set_vca_id(group.value); });
  builder.automate(group, "fader_db", {{4'800, 0.0}, {14'400, -12.0}});
  EXPECT_NEAR(level_db(9'600) - dsp::db_from_gain(0.5), -6.0, 0.01);
}

TEST_F(MixerTest, ASafeTrackGoesOnWhileOthersAreSoloed) {
  const ObjectId soloed = tone("Soloed", 0.1F);
  tone("Quiet", 0.2F);
  const ObjectId safe = tone("Safe", 0.4F);
  const ObjectId bus = builder.track("Bus", v1::Track::BUS);
  builder.change_track(safe, [&](v1::Track& t) {
    t.set_solo_safe(true);
    t.set_output_id(bus.value);
  });
  EXPECT_NEAR(at(heard(builder), 0, 500), 0.7F, 1e-6F);
  builder.change_track(soloed, [](v1::Track& t) { t.set_solo(true); });
  EXPECT_NEAR(at(heard(builder), 0, 500), 0.5F, 1e-6F);
}

TEST_F(MixerTest, PanLawsStandWhereTheySay) {
  const ObjectId track = builder.sounding_track("Voice", test_constant(1, 1'000, 0.5F));
  for (const auto& [law, centre_db] : {std::pair{v1::Settings::MINUS_3_DB, -3.01},
                                       {v1::Settings::MINUS_4_5_DB, -4.52},
                                       {v1::Settings::MINUS_6_DB, -6.02},
                                       {v1::Settings::ZERO_DB, 0.0}}) {
    builder.change(kRootId, [law = law](v1::Object& o) { o.mutable_settings()->set_pan_law(law); });
    for (const double pan : {-1.0, 0.0, 1.0}) {
      builder.change_track(track, [&](v1::Track& t) { t.set_pan(pan); });
      const AudioBuffer mix = heard(builder);
      const double left = static_cast<double>(at(mix, 0, 500)) / 0.5;
      const double right = static_cast<double>(at(mix, 1, 500)) / 0.5;
      EXPECT_NEAR(left, pan == 0.0 ? dsp::gain_from_db(centre_db) : pan < 0.0 ? 1.0 : 0.0, 1e-3) << law;
      EXPECT_NEAR(right, pan == 0.0 ? dsp::gain_from_db(centre_db) : pan > 0.0 ? 1.0 : 0.0, 1e-3) << law;
    }
  }
}

}  // namespace
}  // namespace talkback::graph
