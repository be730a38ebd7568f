#include "engine/session/rules.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/position.hpp"
#include "engine/session/state.hpp"
#include "tests/engine/session/session_fixture.hpp"

namespace talkback::session {
namespace {

// The error of an edit that must be refused.
std::string refusal(Session session, const v1::Edit& edit) {
  const auto report = apply(session, edit);
  return report ? "accepted" : report.error().message;
}

TEST(RulesTest, RoutingInACircleIsRefusedWithTheNames) {
  Session session = small_song();
  ASSERT_TRUE(apply(session, edit_with(create(new_track(ObjectId{200}, "Delay", v1::Track::BUS)))));
  ASSERT_TRUE(apply(session, edit_with(set(session, kReverbBus, "track.output_id", "Delay"))));
  EXPECT_EQ(refusal(session, edit_with(set(session, ObjectId{200}, "track.output_id", "Reverb"))),
            "the routing would run in a circle: Reverb -> Delay -> Reverb");
}

TEST(RulesTest, SideChainsThatWaitForEachOtherAreRefused) {
  Session session = small_song();
  for (const std::uint64_t id : {200U, 201U}) {
    ASSERT_TRUE(
        apply(session, edit_with(create(new_track(ObjectId{id}, "Track " + std::to_string(id), v1::Track::AUDIO)))));
    v1::Object insert;
    insert.set_id(id + 100);
    insert.set_parent_id(id);
    insert.set_order("V");
    insert.mutable_insert()->mutable_compressor();
    ASSERT_TRUE(apply(session, edit_with(create(insert))));
  }
  ASSERT_TRUE(apply(session, edit_with(set(session, ObjectId{300}, "insert.side_chain_id", "Track 201"))));
  EXPECT_EQ(refusal(session, edit_with(set(session, ObjectId{301}, "insert.side_chain_id", "Track 200"))),
            "the routing would run in a circle: Track 200 -> Track 201 -> Track 200");
}

TEST(RulesTest, BusThatFeedsItselfIsRefused) {
  Session session = small_song();
  EXPECT_NE(refusal(session, edit_with(set(session, kReverbBus, "track.output_id", "Reverb"))), "accepted");
}

TEST(RulesTest, FolderInsideItselfIsRefused) {
  Session session = small_song();
  ASSERT_TRUE(apply(session, edit_with(create(new_track(ObjectId{200}, "Inner", v1::Track::FOLDER, kBand)))));
  v1::Operation move;
  move.mutable_update()->mutable_values()->set_id(kBand.value);
  move.mutable_update()->mutable_values()->set_parent_id(200);
  move.mutable_update()->mutable_fields()->add_paths("parent_id");
  EXPECT_NE(refusal(session, edit_with(move)), "accepted");
}

TEST(RulesTest, ChildrenOnlyLieWhereTheyFit) {
  Session session = small_song();
  v1::Object clip = *session.find(kClip);
  clip.set_id(500);
  clip.set_parent_id(kKeys.value);
  EXPECT_EQ(refusal(session, edit_with(create(clip))), "a audio clip cannot lie in track \"Keys\"");
}

TEST(RulesTest, NumbersThatAreNoneAreRefused) {
  Session session = small_song();
  v1::Operation operation = set(session, kVocal, "track.fader_db", "0");
  operation.mutable_update()->mutable_values()->mutable_track()->set_fader_db(std::nan(""));
  EXPECT_NE(refusal(session, edit_with(operation)), "accepted");
}

TEST(RulesTest, MasterAndSessionCannotBeDeletedOrDoubled) {
  Session session = small_song();
  EXPECT_NE(refusal(session, edit_with(erase(kMasterId))), "accepted");
  EXPECT_NE(refusal(session, edit_with(erase(kRootId))), "accepted");
  EXPECT_NE(refusal(session, edit_with(create(new_track(ObjectId{200}, "Second", v1::Track::MASTER)))), "accepted");
}

TEST(RulesTest, SendsOnlyReachBuses) {
  Session session = small_song();
  v1::Object send = *session.find(kSend);
  send.set_id(500);
  send.mutable_send()->set_target_id(kKeys.value);
  EXPECT_EQ(refusal(session, edit_with(create(send))), "send of track \"Vocal\": track \"Keys\" cannot be its target");
}

TEST(RulesTest, AutomationNeedsAParameterThatExists) {
  Session session = small_song();
  v1::Object lane;
  lane.set_id(500);
  lane.set_parent_id(kCompressor.value);
  lane.mutable_automation()->set_field("compressor.threshold_db");
  ASSERT_TRUE(apply(session, edit_with(create(lane))));
  lane.set_id(501);
  EXPECT_NE(refusal(session, edit_with(create(lane))), "accepted") << "a second lane for one field";
  lane.mutable_automation()->set_field("reverb.decay_s");
  EXPECT_NE(refusal(session, edit_with(create(lane))), "accepted") << "a parameter of another effect";
  lane.mutable_automation()->set_field("compressor.detector");
  EXPECT_NE(refusal(session, edit_with(create(lane))), "accepted") << "a parameter that does not move";
}

// On the track Keys, with a zone 501 that plays the source.
Session song_with_sampler(v1::Object& zone) {
  Session session = small_song();
  v1::Object sampler;
  sampler.set_id(500);
  sampler.set_parent_id(kKeys.value);
  sampler.mutable_instrument()->mutable_sampler();
  EXPECT_TRUE(apply(session, edit_with(create(sampler))));
  zone.set_id(501);
  zone.set_parent_id(500);
  zone.mutable_sampler_zone()->set_source_id(kSource.value);
  return session;
}

TEST(RulesTest, ZonesLieInSamplersAndHaveRanges) {
  v1::Object zone;
  Session session = song_with_sampler(zone);
  ASSERT_TRUE(apply(session, edit_with(create(zone))));
  EXPECT_EQ(refusal(session, edit_with(set(session, ObjectId{501}, "sampler_zone.low_pitch", "128"))),
            "sampler zone of sampler of track \"Keys\": low pitch must lie at most 127, not 128");
  ASSERT_TRUE(apply(session, edit_with(set(session, ObjectId{501}, "sampler_zone.high_pitch", "50"))));
  EXPECT_EQ(refusal(session, edit_with(set(session, ObjectId{501}, "sampler_zone.low_pitch", "51"))),
            "sampler zone of sampler of track \"Keys\": its lowest key 51 lies above its highest, 50");
  EXPECT_NE(refusal(session, edit_with(set(session, ObjectId{501}, "sampler_zone.low_velocity", "0"))), "accepted");
  v1::Object empty = zone;
  empty.set_id(502);
  empty.mutable_sampler_zone()->set_source_id(0);
  EXPECT_EQ(refusal(session, edit_with(create(empty))), "sampler zone of sampler of track \"Keys\" needs a source");
  Session other = small_song();
  v1::Object synth;
  synth.set_id(500);
  synth.set_parent_id(kKeys.value);
  synth.mutable_instrument()->mutable_synth();
  ASSERT_TRUE(apply(other, edit_with(create(synth))));
  EXPECT_EQ(refusal(other, edit_with(create(zone))),
            "a sampler zone lies in a sampler; synth of track \"Keys\" is none");
}

TEST(RulesTest, AZoneGoesWithItsSource) {
  v1::Object zone;
  Session session = song_with_sampler(zone);
  ASSERT_TRUE(apply(session, edit_with(create(zone))));
  ASSERT_TRUE(apply(session, edit_with(erase(kSource))));
  EXPECT_EQ(session.find(ObjectId{501}), nullptr);
}

TEST(RulesTest, PatternsLieOnInstrumentTracksAndStayInTheirRanges) {
  Session session = small_song();
  v1::Object pattern;
  pattern.set_id(500);
  pattern.set_parent_id(kVocal.value);
  pattern.mutable_pattern_clip()->set_length_ticks(kTicksPerQuarter);
  EXPECT_EQ(refusal(session, edit_with(create(pattern))), "a pattern clip cannot lie in track \"Vocal\"");
  pattern.set_parent_id(kKeys.value);
  ASSERT_TRUE(apply(session, edit_with(create(pattern))));
  for (const auto& [field, value] : {std::pair("swing_percent", "49"),
                                     {"swing_percent", "76"},
                                     {"steps", "0"},
                                     {"steps", "65"},
                                     {"step_ticks", "0.01"},
                                     {"length_ticks", "0"}})
    EXPECT_NE(refusal(session, edit_with(set(session, ObjectId{500}, std::string("pattern_clip.") + field, value))),
              "accepted")
        << field << value;
  v1::Object step;
  step.set_id(501);
  step.set_parent_id(500);
  step.mutable_pattern_step()->set_pitch(36);
  step.mutable_pattern_step()->set_velocity(100);
  EXPECT_NE(refusal(session, edit_with(create(step))), "accepted") << "step 0";
  step.mutable_pattern_step()->set_step(64);
  ASSERT_TRUE(apply(session, edit_with(create(step))));
  for (const auto& [field, value] : {std::pair("repeats", "9"), {"velocity", "0"}, {"length_steps", "0"}})
    EXPECT_NE(refusal(session, edit_with(set(session, ObjectId{501}, std::string("pattern_step.") + field, value))),
              "accepted")
        << field;
}

TEST(RulesTest, FixedFieldsStayAsTheyWereCreated) {
  Session session = small_song();
  EXPECT_NE(refusal(session, edit_with(set(session, kVocal, "track.kind", "bus"))), "accepted");
}

TEST(RulesTest, FieldsOfAnotherEffectAreRefused) {
  Session session = small_song();
  EXPECT_NE(refusal(session, edit_with(set(session, kCompressor, "insert.reverb.decay_s", "2"))), "accepted");
}

TEST(RulesTest, UnknownFieldsAskForAnUpdate) {
  Session session = small_song();
  v1::Object track = new_track(ObjectId{500}, "New", v1::Track::AUDIO);
  track.mutable_track()->GetReflection()->MutableUnknownFields(track.mutable_track())->AddVarint(900, 1);
  EXPECT_NE(refusal(session, edit_with(create(track))).find("please update"), std::string::npos);
}

TEST(RulesTest, DamagedStateIsCorrupt) {
  v1::SessionState state = to_state(small_song(), 3);
  ASSERT_TRUE(from_state(state));
  v1::SessionState changed = state;
  changed.mutable_objects(2)->mutable_track()->set_name("Other");
  ASSERT_FALSE(from_state(changed));
  EXPECT_EQ(from_state(changed).error().code, ErrorCode::corrupt);
  state.mutable_objects()->RemoveLast();
  EXPECT_FALSE(from_state(state));
}

}  // namespace
}  // namespace talkback::session
