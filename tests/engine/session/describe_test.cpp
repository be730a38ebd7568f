#include "engine/session/describe.hpp"

#include <gtest/gtest.h>

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

TEST(DescribeTest, ADeletedTrackNeedsOneSentence) {
  const Session session = small_song();
  EXPECT_EQ(words_for(session, edit_with(erase(kVocal))), std::vector<std::string>{"Track \"Vocal\" deleted"});
}

}  // namespace
}  // namespace talkback::session
