#include "server/domain/room.hpp"

#include <gtest/gtest.h>

#include "engine/session/canonical.hpp"
#include "engine/session/protocol_version.hpp"
#include "tests/support/edits.hpp"

namespace talkback::domain {
namespace {

using test::create_track;
using test::edit_id;
using test::move_fader;

const Participant kOwner{.id = {1}, .user = "anna", .role = v1::OWNER};
const Participant kPerformer{.id = {2}, .user = "ben", .role = v1::PERFORMER};

v1::Hello hello(std::uint64_t since = 0) {
  v1::Hello made;
  made.set_protocol_version(session::kProtocolVersion);
  made.set_since_revision(since);
  return made;
}

class RoomTest : public ::testing::Test {
 protected:
  Room room_{{.project = "0123456789abcdef",
              .session = session::Session::create({.title = "Song"}),
              .revision = 0,
              .snapshot_revision = 0,
              .edit_names = {}}};

  void join(ConnectionId connection, const Participant& participant = kOwner, std::uint64_t since = 0) {
    room_.join(connection, participant, hello(since));
  }
  void submit(const v1::Edit& edit, ConnectionId connection = 1) { room_.submit(connection, edit, 1000); }
  // The store takes everything that waits.
  void store_all() {
    while (room_.take_batch()) room_.stored({});
  }
  std::vector<v1::ServerFrame> frames(v1::ServerFrame::FrameCase kind) {
    std::vector<v1::ServerFrame> found;
    for (const Delivery& delivery : room_.take_outbox())
      if (delivery.frame.frame_case() == kind) found.push_back(delivery.frame);
    return found;
  }
};

TEST_F(RoomTest, TellsNobodyBeforeTheEditIsDurable) {
  join(1);
  (void)room_.take_outbox();
  submit(create_track(1, 101, "Vocal"));
  ASSERT_TRUE(room_.take_batch());
  EXPECT_TRUE(room_.take_outbox().empty());

  room_.stored({});

  const auto committed = frames(v1::ServerFrame::kCommitted);
  ASSERT_EQ(committed.size(), 1U);
  EXPECT_EQ(committed[0].committed().edits(0).revision(), 1U);
}

TEST_F(RoomTest, SecondBatchWaitsForTheFirst) {
  join(1);
  submit(create_track(1, 101, "Vocal"));
  const auto first = room_.take_batch();
  submit(create_track(2, 102, "Bass"));
  submit(create_track(3, 103, "Drums"));
  EXPECT_FALSE(room_.take_batch());
  room_.stored({});
  const auto second = room_.take_batch();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->edits.size(), 1U);
  EXPECT_EQ(second->edits.size(), 2U);
  EXPECT_EQ(second->edits[0].revision(), 2U);
}

TEST_F(RoomTest, NewcomerDuringACommitSeesOnlyDurableState) {
  join(1);
  submit(create_track(1, 101, "Vocal"));
  ASSERT_TRUE(room_.take_batch());
  (void)room_.take_outbox();

  join(2, kPerformer);

  const auto snapshots = frames(v1::ServerFrame::kSnapshot);
  ASSERT_EQ(snapshots.size(), 1U);
  EXPECT_EQ(snapshots[0].snapshot().revision(), 0U);
  EXPECT_EQ(snapshots[0].snapshot().objects_size(), 2);
}

TEST_F(RoomTest, SameEditIdIsAppliedOnce) {
  join(1);
  submit(create_track(1, 101, "Vocal"));
  submit(create_track(1, 101, "Vocal"));
  store_all();
  (void)room_.take_outbox();
  EXPECT_EQ(room_.durable_revision(), 1U);

  submit(create_track(1, 101, "Vocal"));

  const auto again = frames(v1::ServerFrame::kCommitted);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].committed().edits(0).revision(), 1U);
}

TEST_F(RoomTest, RejectedEditChangesNothingAndCanBeRepairedUnderItsId) {
  join(1);
  (void)room_.take_outbox();
  submit(move_fader(7, 2, 1e9));
  const auto rejected = frames(v1::ServerFrame::kRejected);
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_EQ(rejected[0].rejected().edit_id(), edit_id(7));
  submit(move_fader(7, 2, -3));
  store_all();
  EXPECT_EQ(room_.durable_revision(), 1U);
}

TEST_F(RoomTest, WhatWasRefusedIsNotTakenLateOverAnOlderConnection) {
  join(1);
  join(2);
  (void)room_.take_outbox();
  submit(create_track(8, 101, "Vocal", "", 999), 2);
  ASSERT_EQ(frames(v1::ServerFrame::kRejected).size(), 1U);

  submit(create_track(8, 101, "Vocal", "", 1), 1);
  submit(create_track(8, 101, "Vocal", "", 1), 1);

  const auto late = frames(v1::ServerFrame::kRejected);
  ASSERT_EQ(late.size(), 2U);
  EXPECT_EQ(late[0].rejected().code(), "conflict");
  store_all();
  EXPECT_EQ(room_.durable_revision(), 0U) << "its author was told";
}

TEST_F(RoomTest, WhoSendsFasterThanTheStoreWritesIsSentAwayAndOvertakesNothing) {
  constexpr std::uint64_t kFits = 7;
  constexpr std::size_t kBytes = kRoomWaitingBytesMax / (kFits + 1) + 1;
  const auto large = [](std::uint64_t number) {
    v1::Edit edit = create_track(number, 100 + number, "Track");
    edit.set_summary(std::string(kBytes, 'x'));
    return edit;
  };
  join(1);
  (void)room_.take_outbox();
  for (std::uint64_t number = 1; number <= kFits + 1; ++number) submit(large(number));
  submit(move_fader(9, 100 + kFits + 1, -3));

  const auto goodbyes = frames(v1::ServerFrame::kGoodbye);
  ASSERT_EQ(goodbyes.size(), 1U);
  EXPECT_EQ(goodbyes[0].goodbye().code(), "unavailable");
  store_all();
  EXPECT_EQ(room_.durable_revision(), kFits) << "the fader would have moved before there was a track";

  join(2);
  submit(large(kFits + 1), 2);
  submit(move_fader(9, 100 + kFits + 1, -3), 2);
  store_all();
  EXPECT_EQ(room_.durable_revision(), kFits + 2);
  EXPECT_EQ(room_.durable_session().find(ObjectId{100 + kFits + 1})->track().fader_db(), -3);
}

TEST_F(RoomTest, FailedStoreEndsTheRoomForEverybody) {
  join(1);
  join(2, kPerformer);
  (void)room_.take_outbox();
  submit(create_track(1, 101, "Vocal"));
  ASSERT_TRUE(room_.take_batch());

  room_.stored(Error{ErrorCode::unavailable, "no"});

  EXPECT_TRUE(room_.is_over());
  const auto outbox = room_.take_outbox();
  ASSERT_EQ(outbox.size(), 1U);
  EXPECT_EQ(outbox[0].to, Delivery::To::all);
  EXPECT_EQ(outbox[0].frame.goodbye().code(), "unavailable");
  EXPECT_EQ(room_.durable_revision(), 0U);
  submit(create_track(2, 102, "Bass"));
  EXPECT_FALSE(room_.take_batch());
}

TEST_F(RoomTest, ReturningMemberGetsTheTailAndNewcomerASnapshot) {
  join(1);
  for (std::uint64_t i = 1; i <= 3; ++i) submit(create_track(i, 100 + i, "Track"));
  store_all();
  (void)room_.take_outbox();

  join(2, kOwner, 1);
  const auto tail = frames(v1::ServerFrame::kCommitted);
  ASSERT_EQ(tail.size(), 1U);
  EXPECT_EQ(tail[0].committed().edits_size(), 2);

  join(3, kOwner, 99);  // a client from before a restored backup
  EXPECT_EQ(frames(v1::ServerFrame::kSnapshot).size(), 1U);
}

TEST_F(RoomTest, DifferentDigestAtTheHeadGetsASnapshot) {
  join(1);
  submit(create_track(1, 101, "Vocal"));
  store_all();
  (void)room_.take_outbox();
  v1::Hello wrong = hello(1);
  wrong.set_since_digest(std::string(32, 'x'));
  room_.join(2, kOwner, wrong);
  EXPECT_EQ(frames(v1::ServerFrame::kSnapshot).size(), 1U);
}

TEST_F(RoomTest, LargeSessionArrivesInPartsThatMakeItWhole) {
  join(1);
  for (std::uint64_t i = 1; i <= 900; ++i) submit(create_track(i, 1000 + i, std::string(190, 'x')));
  for (std::uint64_t i = 1; i <= 900; ++i) {
    v1::Edit edit = create_track(5000 + i, 5000 + i, "x");
    edit.mutable_operations(0)->mutable_create()->mutable_source()->set_name(std::string(3000, 'y'));
    edit.mutable_operations(0)->mutable_create()->mutable_source()->set_blob_sha256(std::string(64, 'a'));
    edit.mutable_operations(0)->mutable_create()->mutable_source()->set_sample_rate_hz(48000);
    edit.mutable_operations(0)->mutable_create()->mutable_source()->set_channels(1);
    submit(edit);
  }
  store_all();
  EXPECT_TRUE(frames(v1::ServerFrame::kRejected).empty());

  join(2);
  const auto parts = frames(v1::ServerFrame::kSnapshot);

  EXPECT_GT(parts.size(), 4U);
  int objects = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    objects += parts[i].snapshot().objects_size();
    EXPECT_EQ(parts[i].snapshot().last(), i + 1 == parts.size());
  }
  EXPECT_EQ(objects, 1802);
}

TEST_F(RoomTest, PresenceIsHeldBackToTenASecond) {
  join(1);
  join(2, kPerformer);
  (void)room_.take_outbox();
  v1::PresenceState state;
  for (int i = 0; i < 50; ++i) {
    state.set_playhead_ticks(i);
    room_.show_presence(1, state, 10'000 + i);
  }
  EXPECT_EQ(frames(v1::ServerFrame::kPresence).size(), 1U);
  EXPECT_TRUE(room_.holds_presence());

  room_.send_held_presence(10'100);

  const auto newest = frames(v1::ServerFrame::kPresence);
  ASSERT_EQ(newest.size(), 1U);
  EXPECT_EQ(newest[0].presence().state().playhead_ticks(), 49);
}

TEST_F(RoomTest, RoleTakenAwayStopsEditsAtOnce) {
  join(1);
  room_.change_role("anna", v1::LISTENER);
  (void)room_.take_outbox();
  submit(create_track(1, 101, "Vocal"));
  EXPECT_EQ(frames(v1::ServerFrame::kRejected).size(), 1U);
}

TEST_F(RoomTest, WhoSentAnOldEditAgainOverTwoConnectionsIsAnsweredOnBoth) {
  join(1);
  submit(create_track(1, 101, "Vocal"));
  submit(move_fader(2, 101, -3));
  store_all();
  // Another room of the same history: it has forgotten the names of edits.
  Room later({.project = "0123456789abcdef",
              .session = room_.durable_session(),
              .revision = 2,
              .snapshot_revision = 0,
              .edit_names = {}});
  for (const ConnectionId connection : {2U, 3U}) {
    later.join(connection, kOwner, hello(2));
    later.submit(connection, move_fader(2, 101, -3), 1000);
  }
  (void)later.take_outbox();
  ASSERT_TRUE(later.take_batch());
  later.take_back({{.edit_id = edit_id(2), .revision = 2}});
  std::vector<ConnectionId> answered;
  for (const Delivery& delivery : later.take_outbox())
    if (delivery.frame.has_committed() && delivery.frame.committed().edits(0).revision() == 2)
      answered.push_back(delivery.connection);
  EXPECT_EQ(answered, std::vector<ConnectionId>({2, 3}));
}

}  // namespace
}  // namespace talkback::domain
