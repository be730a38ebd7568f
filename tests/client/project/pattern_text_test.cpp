#include "client/project/pattern_text.hpp"

#include <gtest/gtest.h>

#include "engine/session/apply.hpp"

namespace talkback::project {
namespace {

std::string error_of(const std::vector<std::string>& lines) {
  const auto pattern = read_pattern(lines);
  return pattern ? "" : pattern.error().message;
}

TEST(PatternTextTest, ReadsHitsAccentsAndRepeats) {
  const auto pattern = read_pattern({"kick: x...|X...", "snare: ..o. ..4.", "C#3: -x-- ----", "82: .... ...>"});
  ASSERT_TRUE(pattern) << pattern.error().message;
  EXPECT_EQ(pattern->steps, 8);
  EXPECT_EQ(pattern->hits, (std::vector<PatternHit>{{1, 36, kHitVelocity, 1},
                                                    {5, 36, kAccentVelocity, 1},
                                                    {3, 38, kSoftVelocity, 1},
                                                    {7, 38, kHitVelocity, 4},
                                                    {2, 61, kHitVelocity, 1},
                                                    {8, 82, kAccentVelocity, 1}}));
}

TEST(PatternTextTest, SaysWhatIsWrong) {
  EXPECT_NE(error_of({"kik2: x..."}).find("\"kik2\" is no drum, note or key number; the drums are kick 2, kick"),
            std::string::npos);
  EXPECT_NE(error_of({"kick: x.y."}).find("\"y\" in the line for kick is no step"), std::string::npos);
  EXPECT_NE(error_of({"kick x..."}).find("a colon and its steps"), std::string::npos);
  EXPECT_NE(error_of({"kick: x...", "snare: ..x"}).find("snare has 3 steps, the first line 4"), std::string::npos);
  EXPECT_NE(error_of({"kick: " + std::string(65, 'x')}).find("at most 64"), std::string::npos);
  EXPECT_NE(error_of({"kick: ...."}).find("no hits"), std::string::npos);
  EXPECT_NE(error_of({"kick:"}).find("no steps"), std::string::npos);
  EXPECT_NE(error_of({"128: x"}).find("keys are 0 to 127"), std::string::npos);
}

TEST(PatternTextTest, MakesAClipThatTheSessionTakes) {
  session::Session session = session::Session::create({"Song", 48'000});
  v1::Edit edit;
  v1::Object& track = *edit.add_operations()->mutable_create();
  track.set_id(50);
  track.set_parent_id(kRootId.value);
  track.mutable_track()->set_kind(v1::Track::INSTRUMENT);
  track.mutable_track()->set_name("Drums");
  const auto pattern = read_pattern({"kick: x...x..2", "hat: xxxxxxxx"});
  ASSERT_TRUE(pattern);
  add_pattern(edit, ObjectId{50}, "V", *pattern,
              {"verse", {0}, Ticks{4 * kTicksPerQuarter}, Ticks{kTicksPerQuarter / 2}, 60.0});
  const auto applied = session::apply(session, edit);
  ASSERT_TRUE(applied) << applied.error().message;
  const auto clips = session.children(ObjectId{50}, v1::Object::kPatternClip);
  ASSERT_EQ(clips.size(), 1U);
  EXPECT_EQ(clips[0]->pattern_clip().steps(), 8U);
  EXPECT_EQ(session.children(session::id_of(*clips[0]), v1::Object::kPatternStep).size(), 11U);
}

TEST(KeyNamesTest, NotesAndDrums) {
  EXPECT_EQ(pitch_from_note("C3"), 60);
  EXPECT_EQ(pitch_from_note("C4", 4), 60);
  EXPECT_EQ(pitch_from_note("c#3"), 61);
  EXPECT_EQ(pitch_from_note("Db3"), 61);
  EXPECT_EQ(pitch_from_note("B2"), 59);
  EXPECT_EQ(pitch_from_note("C-2"), 0);
  EXPECT_EQ(pitch_from_note("G8"), 127);
  for (const char* none : {"", "H3", "C", "G#8", "C-3", "C3x", "kick"})
    EXPECT_EQ(pitch_from_note(none), std::nullopt) << none;
  for (int pitch = 0; pitch < 128; ++pitch) EXPECT_EQ(pitch_from_note(note_name(pitch)), pitch);
  EXPECT_EQ(pitch_from_drum("Open_Hat"), 46);
  EXPECT_EQ(pitch_from_drum("BD"), 36);
  EXPECT_EQ(pitch_from_drum("strings"), std::nullopt);
}

}  // namespace
}  // namespace talkback::project
