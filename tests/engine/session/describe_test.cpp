#include "engine/session/describe.hpp"

#include <gtest/gtest.h>

#include "engine/base/position.hpp"
#include "tests/engine/session/session_fixture.hpp"

namespace talkback::session {
namespace {

std::vector<std::string> words_for(Session session, const v1::Edit& edit) {
  const auto report = apply(session, edit);
  return report ? describe(report->changes, session) : std::vector<std::string>{report.error().message};
}

TEST(DescribeTest, FieldsSpeakInTheirUnits) {
  const Session session = small_song();
  EXPECT_EQ(words_for(session, edit_with(set(session, kVocal, "track.fader_db", "-3.5"))),
            std::vector<std::string>{"Track \"Vocal\": fader 0 dB -> -3.5 dB"});
  EXPECT_EQ(words_for(session, edit_with(set(session, kCompressor, "insert.compressor.ratio", "8"))),
            std::vector<std::string>{"Compressor of track \"Vocal\": ratio 4:1 -> 8:1"});
  EXPECT_EQ(words_for(session, edit_with(set(session, kEqualiser, "insert.equaliser.band_2.shape", "bell"))),
            std::vector<std::string>{"Equaliser of track \"Vocal\": band 2 shape off -> bell"});
}

TEST(DescribeTest, PositionsAreBars) {
  const Session session = small_song();
  EXPECT_EQ(words_for(session, edit_with(set(session, kClip, "audio_clip.position_ticks", "17.3"))),
            std::vector<std::string>{"Audio clip \"verse\" of track \"Vocal\": position 1 -> 17.3"});
}

TEST(DescribeTest, ReferencesAreNames) {
  const Session session = small_song();
  EXPECT_EQ(words_for(session, edit_with(set(session, kKeys, "track.output_id", "Reverb"))),
            std::vector<std::string>{"Track \"Keys\": output none -> Reverb"});
}

TEST(DescribeTest, ManyNotesAreCounted) {
  const Session session = small_song();
  v1::Edit edit;
  for (std::uint64_t i = 0; i < 12; ++i) {
    v1::Object note;
    note.set_id(1000 + i);
    note.set_parent_id(kMidiClip.value);
    note.mutable_note()->set_pitch(60);
    note.mutable_note()->set_velocity(100);
    note.mutable_note()->set_length_ticks(100);
    *edit.add_operations() = create(note);
  }
  EXPECT_EQ(words_for(session, edit),
            std::vector<std::string>{"12 notes added to midi clip \"riff\" of track \"Keys\""});
}

// Pattern 300 with a step 301, and sampler 310 with a zone 311, on two tracks.
Session song_with_instruments() {
  Session session = small_song();
  v1::Object drums = new_track(ObjectId{299}, "Drums", v1::Track::INSTRUMENT);
  v1::Object machine, pattern, step, sampler, zone;
  const auto place = [](v1::Object& object, std::uint64_t id, std::uint64_t parent) {
    object.set_id(id);
    object.set_parent_id(parent);
    object.set_order("V");
  };
  place(machine, 298, 299);
  machine.mutable_instrument()->mutable_drum_machine();
  place(pattern, 300, 299);
  pattern.mutable_pattern_clip()->set_name("beat");
  pattern.mutable_pattern_clip()->set_length_ticks(4 * kTicksPerQuarter);
  place(step, 301, 300);
  step.mutable_pattern_step()->set_step(5);
  step.mutable_pattern_step()->set_pitch(38);
  step.mutable_pattern_step()->set_velocity(100);
  place(sampler, 310, kKeys.value);
  sampler.mutable_instrument()->mutable_sampler();
  place(zone, 311, 310);
  zone.mutable_sampler_zone()->set_name("Piano C3");
  zone.mutable_sampler_zone()->set_source_id(kSource.value);
  v1::Edit edit;
  for (const v1::Object& object : {drums, machine, pattern, step, sampler, zone})
    *edit.add_operations() = create(object);
  const auto applied = apply(session, edit);
  EXPECT_TRUE(applied) << applied.error().message;
  return session;
}

TEST(DescribeTest, PatternsStepsAndZonesAreNamed) {
  const Session session = song_with_instruments();
  EXPECT_EQ(words_for(session, edit_with(set(session, ObjectId{300}, "pattern_clip.swing_percent", "62"))),
            std::vector<std::string>{"Pattern clip \"beat\" of track \"Drums\": swing 50 % -> 62 %"});
  EXPECT_EQ(words_for(session, edit_with(set(session, ObjectId{300}, "pattern_clip.step_ticks", "0.5"))),
            std::vector<std::string>{"Pattern clip \"beat\" of track \"Drums\": step 0.25 beats -> 0.5 beats"});
  EXPECT_EQ(words_for(session, edit_with(set(session, ObjectId{301}, "pattern_step.step", "7"))),
            std::vector<std::string>{"Pattern step 5 of pattern clip \"beat\" of track \"Drums\": step 5 -> 7"});
  EXPECT_EQ(words_for(session, edit_with(set(session, ObjectId{311}, "sampler_zone.root_pitch", "62"))),
            std::vector<std::string>{"Sampler zone \"Piano C3\" of sampler of track \"Keys\": root pitch 60 -> 62"});
  EXPECT_EQ(words_for(session, edit_with(set(session, ObjectId{298}, "instrument.drum_machine.kick.tune_hz", "45"))),
            std::vector<std::string>{"Drum machine of track \"Drums\": kick tune 52 Hz -> 45 Hz"});
  EXPECT_EQ(words_for(session, edit_with(erase(ObjectId{311}))),
            std::vector<std::string>{"Sampler zone \"Piano C3\" of sampler of track \"Keys\" deleted"});
}

TEST(DescribeTest, ADeletedTrackNeedsOneSentence) {
  const Session session = small_song();
  EXPECT_EQ(words_for(session, edit_with(erase(kVocal))), std::vector<std::string>{"Track \"Vocal\" deleted"});
}

}  // namespace
}  // namespace talkback::session
