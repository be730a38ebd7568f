#include "client/project/midi_clip.hpp"

#include <gtest/gtest.h>

#include "engine/session/apply.hpp"
#include "engine/session/limits.hpp"

namespace talkback::project {
namespace {

using session::Session;

class MidiClipTest : public ::testing::Test {
 protected:
  MidiClipTest() {
    v1::Edit edit;
    v1::Object& object = *edit.add_operations()->mutable_create();
    object.set_id(0x12345678);
    object.set_parent_id(kRootId.value);
    object.set_order("V");
    object.mutable_track()->set_name("Piano");
    object.mutable_track()->set_kind(v1::Track::INSTRUMENT);
    apply(edit);
  }

  void apply(const v1::Edit& edit) {
    const auto applied = session::apply(session, edit);
    EXPECT_TRUE(applied) << applied.error().message;
  }
  const v1::Object& track() const { return *session.find(ObjectId{0x12345678}); }
  std::vector<v1::Edit> edits(const std::vector<recorder::MidiPass>& passes) const {
    return clip_edits(session, track(), passes, {"anna", std::string(300, 'x'), 5, "talkback 1", Frames{487}}, "seed");
  }
  std::vector<const v1::Object*> clips() const {
    return session.children(session::id_of(track()), v1::Object::kMidiClip);
  }

  Session session = Session::create({"Song", 48'000});
};

recorder::MidiPass pass(int notes) {
  recorder::MidiPass made;
  made.begin = TickPosition{1'000};
  made.length = Ticks{1'000'000'000};
  for (int n = 0; n < notes; ++n) made.notes.push_back({TickPosition{1'000 + n}, Ticks{7}, n % 128, 1 + n % 127});
  made.controllers = {{TickPosition{1'005}, media::MidiControllerKind::pitch_bend, 0, -8'192}};
  made.exclusives = {{TickPosition{1'006}, {0xf0, 0x7e, 0x0a, 0xf7}}};
  return made;
}

TEST_F(MidiClipTest, APassBecomesAClipWithItsOrigin) {
  for (const v1::Edit& edit : edits({pass(3)})) apply(edit);
  ASSERT_EQ(clips().size(), 1U);
  const v1::MidiClip& clip = clips()[0]->midi_clip();
  EXPECT_EQ(clip.name(), "Piano take 1");
  EXPECT_EQ(clip.position_ticks(), 1'000);
  EXPECT_EQ(clip.length_ticks(), 1'000'000'000);
  EXPECT_FALSE(clip.mute());
  EXPECT_EQ(clip.performer(), "anna");
  EXPECT_EQ(clip.device(), std::string(200, 'x'));
  EXPECT_EQ(clip.recorded_unix_ms(), 5);
  EXPECT_EQ(clip.software(), "talkback 1");
  EXPECT_EQ(clip.latency_frames(), 487);
  const ObjectId id = session::id_of(*clips()[0]);
  const auto notes = session.children(id, v1::Object::kNote);
  ASSERT_EQ(notes.size(), 3U);
  std::set<std::int64_t> positions;
  for (const v1::Object* note : notes) positions.insert(note->note().position_ticks());
  EXPECT_EQ(positions, (std::set<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(session.children(id, v1::Object::kController)[0]->controller().value(), -8'192);
  EXPECT_EQ(session.children(id, v1::Object::kController)[0]->controller().position_ticks(), 5);
  const auto exclusives = session.children(id, v1::Object::kSystemExclusive);
  ASSERT_EQ(exclusives.size(), 1U);
  EXPECT_EQ(exclusives[0]->system_exclusive().data(), "F07E0AF7");
  EXPECT_EQ(exclusives[0]->system_exclusive().position_ticks(), 6);
}

TEST_F(MidiClipTest, OfSeveralPassesTheLastSounds) {
  const auto made = edits({pass(1), pass(2), pass(1)});
  ASSERT_EQ(made.size(), 1U);
  apply(made[0]);
  ASSERT_EQ(clips().size(), 3U);
  for (std::size_t n = 0; n < 3; ++n) {
    EXPECT_EQ(clips()[n]->midi_clip().name(), "Piano take " + std::to_string(n + 1));
    EXPECT_EQ(clips()[n]->midi_clip().mute(), n < 2);
  }
}

// After a crash the same performance is stored by the same edits, which the server applies once.
TEST_F(MidiClipTest, TheSamePerformanceIsTheSameEdits) {
  const auto first = edits({pass(5)});
  const auto second = edits({pass(5)});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].edit_id().size(), static_cast<std::size_t>(session::kEditIdBytes));
  EXPECT_EQ(first[0].SerializeAsString(), second[0].SerializeAsString());
  const auto other = clip_edits(session, track(), {pass(5)}, {}, "another");
  EXPECT_NE(other[0].edit_id(), first[0].edit_id());
}

TEST_F(MidiClipTest, ALongPerformanceIsSeveralEditsThatAllFit) {
  recorder::MidiPass made = pass(90'000);
  made.exclusives.assign(2'000, {TickPosition{1'000}, std::vector<std::uint8_t>(8'192, 1)});
  const auto parts = edits({made});
  EXPECT_GT(parts.size(), 4U);
  std::set<std::string> ids;
  for (const v1::Edit& part : parts) {
    EXPECT_LE(part.operations_size(), session::kEditOperationsMax);
    EXPECT_LE(part.ByteSizeLong(), session::kEditBytesMax);
    EXPECT_TRUE(ids.insert(part.edit_id()).second);
    apply(part);
  }
  EXPECT_EQ(session.count_children(session::id_of(*clips()[0]), v1::Object::kNote), 90'000U);
}

}  // namespace
}  // namespace talkback::project
