// Leases, and the rooms of suggestions.
#include <gtest/gtest.h>

#include "engine/session/protocol_version.hpp"
#include "server/domain/room.hpp"
#include "tests/support/edits.hpp"

namespace talkback::domain {
namespace {

const Participant kAnna{.id = {1}, .user = "anna", .role = v1::OWNER};
const Participant kBen{.id = {2}, .user = "ben", .role = v1::PRODUCER};
const Participant kMia{.id = {3}, .user = "mia", .role = v1::MENTOR};

class RoomLeasesTest : public ::testing::Test {
 protected:
  explicit RoomLeasesTest(const std::string& suggested_by = {})
      : room_({.project = "0123456789abcdef",
               .branch = "0123456789abcdef",
               .branch_name = "main",
               .suggested_by = suggested_by,
               .session = session::Session::create({.title = "Song"}),
               .revision = 0,
               .snapshot_revision = 0,
               .edit_names = {}}) {}
  void SetUp() override {
    join(1, kAnna);
    join(2, kBen);
    join(3, kMia);
    submit(1, test::create_track(1, 101, "Vocal"));
    (void)room_.take_outbox();
  }
  void join(ConnectionId connection, const Participant& participant) {
    v1::Hello hello;
    hello.set_protocol_version(session::kProtocolVersion);
    room_.join(connection, participant, hello);
  }
  void submit(ConnectionId connection, const v1::Edit& edit) {
    room_.submit(connection, edit, 1000);
    while (room_.take_batch()) room_.stored({});
  }
  void ask(ConnectionId connection, bool give_back = false) {
    v1::LeaseRequest request;
    request.set_object_id(101);
    request.set_give_back(give_back);
    room_.ask_for_lease(connection, request);
  }
  struct Told {
    Delivery::To to;
    v1::Lease lease;
  };
  std::vector<Told> told() {
    std::vector<Told> found;
    for (const Delivery& delivery : room_.take_outbox())
      if (delivery.frame.has_lease()) found.push_back({delivery.to, delivery.frame.lease()});
    return found;
  }
  std::vector<std::string> rejections() {
    std::vector<std::string> found;
    for (const Delivery& delivery : room_.take_outbox())
      if (delivery.frame.has_rejected()) found.push_back(delivery.frame.rejected().code());
    return found;
  }

  Room room_;
};

TEST_F(RoomLeasesTest, TheFirstGetsItAndAllAreTold) {
  ask(1);
  const auto granted = told();
  ASSERT_EQ(granted.size(), 1U);
  EXPECT_EQ(granted[0].to, Delivery::To::all);
  EXPECT_EQ(granted[0].lease.user(), "anna");
  ask(2);
  const auto refused = told();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].to, Delivery::To::one);
  EXPECT_EQ(refused[0].lease.user(), "anna");
  ask(2, true);
  EXPECT_TRUE(told().empty()) << "nobody gives back another's lease";
  ask(1, true);
  EXPECT_TRUE(told().at(0).lease.ended());
  ask(2);
  EXPECT_EQ(told().at(0).lease.user(), "ben");
}

TEST_F(RoomLeasesTest, MentorsTakeNone) {
  ask(3);
  const auto refused = told();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].to, Delivery::To::one);
  EXPECT_TRUE(refused[0].lease.ended());
}

TEST_F(RoomLeasesTest, ALeaseLapsesAMinuteAfterItsHolderIsGone) {
  ask(1);
  room_.leave(1);
  (void)told();
  room_.tend_leases(10'000);
  EXPECT_EQ(told().at(0).lease.ends_unix_ms(), 70'000);
  EXPECT_TRUE(room_.holds_lapsing_lease());
  room_.tend_leases(69'999);
  EXPECT_TRUE(told().empty());
  room_.tend_leases(70'000);
  EXPECT_TRUE(told().at(0).lease.ended());
  EXPECT_FALSE(room_.holds_lapsing_lease());
}

TEST_F(RoomLeasesTest, WhoComesBackInTimeKeepsIt) {
  ask(1);
  room_.leave(1);
  room_.tend_leases(10'000);
  (void)told();
  join(4, kAnna);
  const auto kept = told();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].lease.connection_id(), 4U);
  EXPECT_EQ(kept[0].lease.ends_unix_ms(), 0);
  room_.tend_leases(200'000);
  EXPECT_TRUE(told().empty());
}

TEST_F(RoomLeasesTest, ALeaseEndsWithItsObject) {
  ask(1);
  submit(2, test::delete_object(2, 101));
  (void)told();
  room_.tend_leases(1);
  EXPECT_TRUE(told().at(0).lease.ended());
}

TEST_F(RoomLeasesTest, AnEditCannotTakeBackTheFuture) {
  v1::Edit edit = test::move_fader(2, 101, -3);
  edit.set_undoes(9);
  submit(1, edit);
  EXPECT_EQ(rejections(), std::vector<std::string>{"invalid"});
  v1::Edit merge = test::move_fader(3, 101, -3);
  merge.mutable_merges()->mutable_from()->set_branch_id("0123456789abcdef");
  submit(1, merge);
  EXPECT_EQ(rejections(), std::vector<std::string>{"invalid"}) << "a branch is not merged into itself";
}

TEST_F(RoomLeasesTest, WhatIsSaidOfOtherBranchesHasBeenLookedUp) {
  v1::Edit merge = test::move_fader(3, 101, -3);
  merge.mutable_merges()->mutable_from()->set_branch_id("fedcba9876543210");
  room_.submit(1, merge, 1000, Error{ErrorCode::not_found, "there is no such branch"});
  EXPECT_EQ(rejections(), std::vector<std::string>{"not_found"});
  submit(1, merge);
  EXPECT_TRUE(rejections().empty());
  // What was taken once is answered, whatever a later look says.
  room_.submit(1, merge, 1000, Error{ErrorCode::not_found, "there is no such branch"});
  EXPECT_TRUE(rejections().empty());
}

TEST_F(RoomLeasesTest, WhoTakesFromASuggestionMayAnswerIt) {
  room_.change_role("ben", v1::PERFORMER);
  v1::Edit merge = test::create_track(3, 103, "Pad", "ben");
  merge.mutable_merges()->mutable_from()->set_branch_id("fedcba9876543210");
  merge.mutable_merges()->mutable_suggestion()->set_closes(true);
  merge.mutable_merges()->add_items("key");
  submit(2, merge);
  EXPECT_EQ(rejections(), std::vector<std::string>{"denied"});
  merge.set_edit_id(test::edit_id(4));
  room_.submit(1, merge, 1000);
  const auto batch = room_.take_batch();
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->taken.size(), 1U);
  EXPECT_EQ(batch->taken[0].suggestion, "fedcba9876543210");
  EXPECT_EQ(batch->taken[0].user, kAnna.id);
  EXPECT_TRUE(batch->taken[0].closes);
  EXPECT_EQ(batch->taken[0].items, std::vector<std::string>{"key"});
}

class SuggestionRoomTest : public RoomLeasesTest {
 protected:
  SuggestionRoomTest() : RoomLeasesTest("mia") {}
};

TEST_F(SuggestionRoomTest, OnlyItsAuthorEditsIt) {
  submit(1, test::create_track(5, 105, "Pad"));
  submit(2, test::create_track(6, 106, "Pad"));
  EXPECT_EQ(rejections(), (std::vector<std::string>{"denied", "denied"}));
  submit(3, test::create_track(7, 107, "Pad"));
  EXPECT_TRUE(rejections().empty());
  EXPECT_NE(room_.durable_session().find(ObjectId{107}), nullptr);
  // Who may no longer suggest edits it no longer.
  room_.change_role("mia", v1::LISTENER);
  submit(3, test::create_track(8, 108, "Pad"));
  EXPECT_EQ(rejections(), std::vector<std::string>{"denied"});
}

}  // namespace
}  // namespace talkback::domain
