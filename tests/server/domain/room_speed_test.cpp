// What a room does to be quick, held against what it promises all the same.
#include <gtest/gtest.h>

#include "engine/session/canonical.hpp"
#include "engine/session/protocol_version.hpp"
#include "server/domain/room.hpp"
#include "tests/support/edits.hpp"

namespace talkback::domain {
namespace {

using test::create_track;
using test::edit_id;
using test::move_fader;

const Participant kOwner{.id = {1}, .user = "anna", .role = v1::OWNER};

v1::Hello hello(std::uint64_t since = 0) {
  v1::Hello made;
  made.set_protocol_version(session::kProtocolVersion);
  made.set_since_revision(since);
  return made;
}

class RoomSpeedTest : public ::testing::Test {
 protected:
  // A room whose history began before it was opened, so that it cannot know every edit id.
  static Room opened_at(std::uint64_t revision) {
    return Room({.project = "0123456789abcdef",
                 .session = session::Session::create({.title = "Song"}),
                 .revision = revision,
                 .snapshot_revision = revision,
                 .edit_names = {}});
  }
  void submit(const v1::Edit& edit) { room_.submit(1, edit, 1000); }
  std::vector<v1::ServerFrame> frames() {
    std::vector<v1::ServerFrame> found;
    for (Delivery& delivery : room_.take_outbox()) found.push_back(std::move(delivery.frame));
    return found;
  }
  std::string durable_digest() const { return to_hex(session::digest(room_.durable_session())); }

  Room room_ = opened_at(100);
};

TEST_F(RoomSpeedTest, WhatTheStoreGetsLiesInTheFrameThatMembersGet) {
  room_.join(1, kOwner, hello());
  (void)room_.take_deliveries();
  submit(create_track(1, 101, "Vocal"));
  submit(move_fader(2, 101, -3));
  const auto batch = room_.take_batch(Room::BatchForm::bytes);
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->edits.empty());
  ASSERT_EQ(batch->stored.size(), 2U);
  room_.stored({});
  const auto deliveries = room_.take_deliveries();
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries[0].bytes, batch->bytes) << "serialised twice";
  EXPECT_EQ(deliveries[0].to, Delivery::To::all);

  v1::ServerFrame frame;
  ASSERT_TRUE(frame.ParseFromString(*deliveries[0].bytes));
  EXPECT_EQ(frame.SerializeAsString(), *deliveries[0].bytes) << "not as protobuf would write it";
  ASSERT_EQ(frame.committed().edits_size(), 2);
  for (int i = 0; i < 2; ++i) {
    const StoredEdit& stored = batch->stored[static_cast<std::size_t>(i)];
    const v1::CommittedEdit& committed = frame.committed().edits(i);
    EXPECT_EQ(committed.revision(), 101U + static_cast<unsigned>(i));
    EXPECT_EQ(committed.author(), "anna");
    EXPECT_EQ(committed.committed_unix_ms(), 1000);
    EXPECT_EQ(stored.revision, committed.revision());
    EXPECT_EQ(stored.author, kOwner.id);
    EXPECT_EQ(stored.edit_id, committed.edit().edit_id());
    EXPECT_EQ(stored.edit, committed.edit().SerializeAsString());
  }
}

TEST_F(RoomSpeedTest, DurableSessionLeavesOutWhatWaits) {
  room_.join(1, kOwner, hello());
  submit(create_track(1, 101, "Vocal"));
  const std::string before = durable_digest();
  ASSERT_TRUE(room_.take_batch());
  submit(move_fader(2, 101, -3));
  submit(test::delete_object(3, 101));
  EXPECT_EQ(durable_digest(), before);
  (void)room_.take_outbox();
  room_.join(2, kOwner, hello());
  bool has_snapshot = false;
  for (const v1::ServerFrame& frame : frames())
    if (frame.has_snapshot()) {
      has_snapshot = true;
      EXPECT_EQ(frame.snapshot().revision(), 100U);
      EXPECT_EQ(frame.snapshot().objects_size(), 2);
    }
  EXPECT_TRUE(has_snapshot);
  // And all that waited is still there.
  room_.stored({});
  ASSERT_TRUE(room_.take_batch());
  room_.stored({});
  EXPECT_EQ(room_.durable_revision(), 103U);
  EXPECT_EQ(durable_digest(), before) << "the track came and went";
}

TEST_F(RoomSpeedTest, RefusalWaitsForTheLogWhereTheIdMayBeOld) {
  room_.join(1, kOwner, hello());
  (void)room_.take_outbox();
  submit(move_fader(7, 2, 1e9));
  submit(move_fader(8, 2, 1e9));
  EXPECT_TRUE(frames().empty());
  EXPECT_EQ(room_.take_questions(), (std::vector<std::string>{edit_id(7), edit_id(8)}));
  EXPECT_TRUE(room_.take_questions().empty());

  room_.answer_questions(std::vector<EditName>{{.edit_id = edit_id(7), .revision = 55}});

  const auto answers = frames();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].committed().edits(0).revision(), 55U);
  EXPECT_EQ(answers[0].committed().edits(0).edit().edit_id(), edit_id(7));
  EXPECT_EQ(answers[1].rejected().edit_id(), edit_id(8));
  EXPECT_EQ(answers[1].rejected().code(), "invalid");
}

TEST_F(RoomSpeedTest, LogThatCannotBeAskedMeansTryAgain) {
  room_.join(1, kOwner, hello());
  (void)room_.take_outbox();
  submit(move_fader(7, 2, 1e9));
  (void)room_.take_questions();
  room_.answer_questions(Error{ErrorCode::unavailable, "not now"});
  const auto answers = frames();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].rejected().code(), "unavailable");
}

TEST_F(RoomSpeedTest, OldEditThatAppliedIsTakenBackAndTheOthersMoveUp) {
  room_.join(1, kOwner, hello());
  (void)room_.take_outbox();
  submit(create_track(1, 101, "Vocal"));
  submit(move_fader(2, 2, -6));  // in the log since revision 50
  submit(move_fader(3, 101, -3));
  const auto refused = room_.take_batch();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->edits.size(), 3U);
  submit(create_track(4, 104, "Bass"));
  EXPECT_EQ(room_.storing_ids(), (std::vector<std::string>{edit_id(1), edit_id(2), edit_id(3)}));

  room_.take_back({{.edit_id = edit_id(2), .revision = 50}});

  const auto answers = frames();
  ASSERT_EQ(answers.size(), 1U) << "nothing but the old revision is told";
  EXPECT_EQ(answers[0].committed().edits(0).revision(), 50U);
  const auto batch = room_.take_batch();
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->edits.size(), 3U);
  EXPECT_EQ(batch->edits[0].edit().edit_id(), edit_id(1));
  EXPECT_EQ(batch->edits[1].edit().edit_id(), edit_id(3));
  EXPECT_EQ(batch->edits[1].revision(), 102U);
  EXPECT_EQ(batch->edits[2].edit().edit_id(), edit_id(4));
  room_.stored({});
  EXPECT_EQ(room_.durable_revision(), 103U);
  EXPECT_EQ(room_.durable_session().find(ObjectId{2})->track().fader_db(), 0.0);
}

TEST_F(RoomSpeedTest, HistoryThatSomebodyElseHasWrittenEndsTheRoom) {
  room_.join(1, kOwner, hello());
  submit(create_track(1, 101, "Vocal"));
  ASSERT_TRUE(room_.take_batch());
  room_.take_back({{.edit_id = edit_id(1), .revision = 101}});
  EXPECT_TRUE(room_.is_over());
}

// A large session is not put together anew for everybody who comes while others edit.
TEST_F(RoomSpeedTest, NextNewcomerGetsTheSameSnapshotAndTheEditsSince) {
  room_.join(1, kOwner, hello());
  for (std::uint64_t i = 1; i <= 800; ++i) submit(create_track(i, 1000 + i, std::string(190, 'x')));
  while (room_.take_batch()) room_.stored({});
  (void)room_.take_outbox();
  const auto snapshot_to = [&](ConnectionId connection) {
    room_.join(connection, kOwner, hello());
    std::vector<FrameBytes> found;
    for (const Delivery& delivery : room_.take_deliveries())
      if (delivery.kind == Delivery::Kind::snapshot) found.push_back(delivery.bytes);
    return found;
  };
  const auto first = snapshot_to(2);
  submit(move_fader(9'001, 1001, -3));
  ASSERT_TRUE(room_.take_batch());
  room_.stored({});
  (void)room_.take_outbox();

  room_.join(3, kOwner, hello());
  std::vector<Delivery> arrival = room_.take_deliveries();

  ASSERT_GE(arrival.size(), 3U);
  EXPECT_EQ(arrival[1].bytes, first[0]) << "the same bytes";
  v1::ServerFrame tail;
  ASSERT_TRUE(arrival[arrival.size() - 2].bytes);
  ASSERT_TRUE(tail.ParseFromString(*arrival[arrival.size() - 2].bytes));
  ASSERT_EQ(tail.committed().edits_size(), 1);
  EXPECT_EQ(tail.committed().edits(0).revision(), 901U);
}

TEST_F(RoomSpeedTest, DigestThatComesWithABatchIsThatOfItsRevision) {
  room_.join(1, kOwner, hello());
  submit(create_track(1, 101, "Vocal"));
  for (std::uint64_t i = 2; i <= kDigestEveryRevisions; ++i) submit(move_fader(i, 101, -static_cast<double>(i % 50)));
  (void)room_.take_outbox();
  ASSERT_TRUE(room_.take_batch());
  submit(move_fader(9'000, 101, -59));  // accepted meanwhile, not durable: no part of the digest
  room_.stored({});
  const auto told = frames();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].digest().revision(), 100 + kDigestEveryRevisions);
  const Sha256Digest digest = session::digest(room_.durable_session());
  EXPECT_EQ(told[1].digest().digest(), std::string(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

}  // namespace
}  // namespace talkback::domain
