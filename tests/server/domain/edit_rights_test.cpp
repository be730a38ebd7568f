#include "server/domain/edit_rights.hpp"

#include <gtest/gtest.h>

#include "engine/session/apply.hpp"
#include "tests/support/edits.hpp"

namespace talkback::domain {
namespace {

using test::create_track;
using test::delete_object;
using test::move_fader;

constexpr std::uint64_t kOwn = 101;
constexpr std::uint64_t kForeign = 102;
constexpr std::uint64_t kSource = 300;

v1::Edit create_clip(std::uint64_t id, std::uint64_t track, std::uint64_t source) {
  v1::Edit edit;
  v1::Object& clip = *edit.add_operations()->mutable_create();
  clip.set_id(id);
  clip.set_parent_id(track);
  clip.set_order("m");
  clip.mutable_audio_clip()->set_source_id(source);
  clip.mutable_audio_clip()->set_length_frames(100);
  return edit;
}

v1::Edit create_source(std::uint64_t id) {
  v1::Edit edit;
  v1::Object& source = *edit.add_operations()->mutable_create();
  source.set_id(id);
  source.set_parent_id(1);
  source.set_order("m");
  source.mutable_source()->set_blob_sha256(std::string(64, 'a'));
  source.mutable_source()->set_sample_rate_hz(48000);
  source.mutable_source()->set_channels(1);
  source.mutable_source()->set_length_frames(1000);
  return edit;
}

class EditRightsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const v1::Edit& edit :
         {create_track(1, kOwn, "Vocal", "ben"), create_track(2, kForeign, "Bass", "carl"), create_source(kSource),
          create_clip(201, kOwn, kSource), create_clip(202, kForeign, kSource)})
      ASSERT_TRUE(session::apply(session_, edit));
  }
  bool may(const v1::Edit& edit, v1::Role role = v1::PERFORMER) const {
    return check_edit_rights(session_, edit, "ben", role).has_value();
  }
  session::Session session_ = session::Session::create({});
};

TEST_F(EditRightsTest, OwnersAndProducersEditEverythingListenersNothing) {
  for (const v1::Edit& edit : {move_fader(3, kForeign, -3), delete_object(4, kOwn), create_track(5, 110, "New")}) {
    EXPECT_TRUE(may(edit, v1::OWNER));
    EXPECT_TRUE(may(edit, v1::PRODUCER));
    EXPECT_FALSE(may(edit, v1::MENTOR));
    EXPECT_FALSE(may(edit, v1::LISTENER));
    EXPECT_FALSE(may(edit, v1::ROLE_UNSPECIFIED));
  }
}

TEST_F(EditRightsTest, PerformerEditsOwnTrackAndWhatHangsBelow) {
  EXPECT_TRUE(may(move_fader(3, kOwn, -3)));
  EXPECT_TRUE(may(create_clip(210, kOwn, kSource)));
  EXPECT_TRUE(may(delete_object(4, 201)));
  EXPECT_TRUE(may(delete_object(5, kOwn)));
}

TEST_F(EditRightsTest, PerformerTakesBackTheirOwnRecording) {
  constexpr std::uint64_t kRecorded = 301;
  EXPECT_TRUE(session::apply(session_, create_source(kRecorded)));
  EXPECT_FALSE(may(delete_object(5, kRecorded))) << "nobody plays it: it may be anybody's";
  EXPECT_TRUE(session::apply(session_, create_clip(203, kOwn, kRecorded)));
  EXPECT_TRUE(may(delete_object(5, kRecorded)));
  EXPECT_TRUE(session::apply(session_, create_clip(204, kForeign, kRecorded)));
  EXPECT_FALSE(may(delete_object(5, kRecorded))) << "another's clip would go with it";
}

TEST_F(EditRightsTest, PerformerPutsOwnTracksIntoFoldersAndNothingElse) {
  constexpr std::uint64_t kFolder = 103;
  v1::Edit folder = create_track(3, kFolder, "Band");
  folder.mutable_operations(0)->mutable_create()->mutable_track()->set_kind(v1::Track::FOLDER);
  ASSERT_TRUE(session::apply(session_, folder));
  const auto move = [](std::uint64_t id, std::uint64_t parent) {
    v1::Edit edit;
    v1::Update& update = *edit.add_operations()->mutable_update();
    update.mutable_values()->set_id(id);
    update.mutable_values()->set_parent_id(parent);
    // What a client says of the object's kind counts for nothing.
    update.mutable_values()->mutable_track();
    update.mutable_fields()->add_paths("parent_id");
    return edit;
  };
  EXPECT_TRUE(may(create_track(4, 111, "Choir", "ben", kFolder)));
  EXPECT_FALSE(may(create_track(4, 111, "Choir", "ben", kForeign)));
  EXPECT_TRUE(may(move(kOwn, kFolder)));
  EXPECT_FALSE(may(move(kOwn, kForeign)));
  EXPECT_FALSE(may(move(kForeign, kFolder)));
  EXPECT_FALSE(may(move(201, kFolder))) << "a folder's own clips and inserts are not theirs to add";
}

TEST_F(EditRightsTest, PerformerLeavesOthersAlone) {
  EXPECT_FALSE(may(move_fader(3, kForeign, -3)));
  EXPECT_FALSE(may(create_clip(210, kForeign, kSource)));
  EXPECT_FALSE(may(delete_object(4, 202)));
  EXPECT_FALSE(may(delete_object(5, kSource)));
  EXPECT_FALSE(may(move_fader(6, 2, -3)));  // the master
}

TEST_F(EditRightsTest, PerformerBringsTrackAndTakeInOneEdit) {
  v1::Edit edit = create_track(3, 120, "Second voice", "ben");
  edit.MergeFrom(create_source(301));
  edit.MergeFrom(create_clip(211, 120, 301));
  EXPECT_TRUE(may(edit));
  EXPECT_FALSE(may(create_track(4, 121, "For somebody else", "carl")));
  EXPECT_FALSE(may(create_track(5, 122, "Nobody's")));
}

TEST_F(EditRightsTest, PerformerCannotTakeOrGiveATrack) {
  const auto set_performer = [](std::uint64_t track, const std::string& to, const std::string& path) {
    v1::Edit edit;
    v1::Update& update = *edit.add_operations()->mutable_update();
    update.mutable_values()->set_id(track);
    update.mutable_values()->mutable_track()->set_performer(to);
    update.mutable_fields()->add_paths(path);
    return edit;
  };
  EXPECT_FALSE(may(set_performer(kForeign, "ben", "track.performer")));
  EXPECT_FALSE(may(set_performer(kOwn, "carl", "track.performer")));
  EXPECT_FALSE(may(set_performer(kOwn, "carl", "track")));
}

TEST_F(EditRightsTest, PerformerTakesNothingAwayThatTheyCouldNotBringBack) {
  v1::Edit folder = create_track(6, 150, "Band", "ben");
  folder.mutable_operations(0)->mutable_create()->mutable_track()->set_kind(v1::Track::FOLDER);
  ASSERT_TRUE(session::apply(session_, folder));
  ASSERT_TRUE(session::apply(session_, create_track(7, 151, "Guitar", "carl", 150)));
  ASSERT_TRUE(session::apply(session_, create_track(8, 152, "Own", "ben", 150)));
  EXPECT_TRUE(may(move_fader(9, 151, -3))) << "what lies in their folder is theirs to edit";
  EXPECT_FALSE(may(delete_object(10, 150)));
  EXPECT_FALSE(may(delete_object(11, 151)));
  EXPECT_TRUE(may(delete_object(12, 152)));
  for (const auto& [track, is_theirs] : {std::pair{151, false}, std::pair{152, true}}) {
    v1::Edit move;
    v1::Update& update = *move.add_operations()->mutable_update();
    update.mutable_values()->set_id(static_cast<std::uint64_t>(track));
    update.mutable_values()->set_parent_id(1);
    update.mutable_fields()->add_paths("parent_id");
    EXPECT_EQ(may(move), is_theirs) << track;
  }
}

TEST_F(EditRightsTest, PerformerCannotMoveAClipToAnothersTrack) {
  v1::Edit edit;
  v1::Update& update = *edit.add_operations()->mutable_update();
  update.mutable_values()->set_id(201);
  update.mutable_values()->set_parent_id(kForeign);
  update.mutable_fields()->add_paths("parent_id");
  EXPECT_FALSE(may(edit));
}

}  // namespace
}  // namespace talkback::domain
