#include "client/replica/replica.hpp"

#include <gtest/gtest.h>

#include "engine/session/canonical.hpp"
#include "tests/support/edits.hpp"

namespace talkback::replica {
namespace {

using test::create_track;
using test::delete_object;
using test::edit_id;
using test::move_fader;

class ReplicaTest : public ::testing::Test {
 protected:
  ReplicaTest() {
    replica.reset(session::Session::create({"Song", 48'000}), 0);
    EXPECT_TRUE(commit(1, create_track(1, 101, "Vocal")));
  }

  Result<Replica::Arrival> commit(std::uint64_t revision, const v1::Edit& edit) {
    v1::CommittedEdit committed;
    committed.set_revision(revision);
    *committed.mutable_edit() = edit;
    return replica.commit(committed);
  }
  static double fader(const session::Session& session) { return session.find(ObjectId{101})->track().fader_db(); }
  // view() is confirmed() plus the pending edits.
  void expect_invariant() const {
    session::Session expected = replica.confirmed();
    for (const v1::Edit& edit : replica.pending()) static_cast<void>(session::apply(expected, edit).has_value());
    EXPECT_EQ(session::digest(replica.view()), session::digest(expected));
  }

  Replica replica;
};

TEST_F(ReplicaTest, AProposedEditIsSeenAtOnceAndConfirmedLater) {
  ASSERT_TRUE(replica.propose(move_fader(2, 101, -6)));
  EXPECT_EQ(fader(replica.view()), -6);
  EXPECT_EQ(fader(replica.confirmed()), 0);
  EXPECT_EQ(replica.pending().front().base_revision(), 1U);

  const auto arrival = commit(2, move_fader(2, 101, -6));
  ASSERT_TRUE(arrival);
  EXPECT_TRUE(arrival->mine);
  EXPECT_EQ(arrival->report.changes.size(), 1U);
  EXPECT_EQ(fader(replica.confirmed()), -6);
  EXPECT_TRUE(replica.pending().empty());
  expect_invariant();
}

TEST_F(ReplicaTest, ForeignEditsGoBelowThePendingOnes) {
  ASSERT_TRUE(replica.propose(move_fader(2, 101, -6)));
  const auto arrival = commit(2, move_fader(9, 101, 3));
  ASSERT_TRUE(arrival);
  EXPECT_FALSE(arrival->mine);
  EXPECT_EQ(fader(replica.view()), -6) << "the member's own work must not jump";
  EXPECT_EQ(fader(replica.confirmed()), 3);
  expect_invariant();
}

TEST_F(ReplicaTest, AnInvalidEditIsRefusedAndNotKept) {
  const auto refused = replica.propose(move_fader(2, 101, 1e9));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_TRUE(replica.pending().empty());
  expect_invariant();
}

TEST_F(ReplicaTest, ARejectedEditLeavesTheViewAndWhatBuiltOnItToo) {
  ASSERT_TRUE(replica.propose(create_track(2, 102, "Bass")));
  ASSERT_TRUE(replica.propose(move_fader(3, 102, -3)));
  ASSERT_TRUE(replica.propose(move_fader(4, 101, -9)));
  const auto rejected = replica.reject(edit_id(2));
  ASSERT_TRUE(rejected);
  EXPECT_EQ(rejected->edit_id(), edit_id(2));
  EXPECT_EQ(replica.view().find(ObjectId{102}), nullptr);
  EXPECT_EQ(fader(replica.view()), -9);
  EXPECT_EQ(replica.pending().size(), 2U) << "the server decides about the others";
  EXPECT_FALSE(replica.reject(edit_id(77)));
  expect_invariant();
}

TEST_F(ReplicaTest, AnOldRevisionAnswersAResubmissionWithoutBeingAppliedAgain) {
  replica.adopt_pending(create_track(1, 101, "Vocal"));  // its acknowledgement was lost
  v1::Edit bare;
  bare.set_edit_id(edit_id(1));
  const auto arrival = commit(1, bare);
  ASSERT_TRUE(arrival);
  EXPECT_TRUE(arrival->mine);
  EXPECT_TRUE(arrival->report.changes.empty());
  EXPECT_TRUE(replica.pending().empty());
  EXPECT_EQ(replica.revision(), 1U);
  expect_invariant();
}

TEST_F(ReplicaTest, AGapIsCorrupt) {
  const auto arrival = commit(3, move_fader(9, 101, 3));
  ASSERT_FALSE(arrival);
  EXPECT_EQ(arrival.error().code, ErrorCode::corrupt);
  EXPECT_EQ(replica.revision(), 1U);
}

TEST_F(ReplicaTest, AnEditThatDoesNotApplyIsCorrupt) {
  const auto arrival = commit(2, create_track(9, 101, "Again"));
  ASSERT_FALSE(arrival);
  EXPECT_EQ(arrival.error().code, ErrorCode::corrupt);
  EXPECT_EQ(replica.revision(), 1U);
  expect_invariant();
}

TEST_F(ReplicaTest, OwnEditsConfirmedOutOfOrderKeepTheInvariant) {
  ASSERT_TRUE(replica.propose(move_fader(2, 101, -1)));
  ASSERT_TRUE(replica.propose(move_fader(3, 101, -2)));
  ASSERT_TRUE(commit(2, move_fader(3, 101, -2)));
  EXPECT_EQ(fader(replica.view()), -1);
  expect_invariant();
}

TEST_F(ReplicaTest, AnotherContentUnderAnOwnIdIsWhatTheServerSays) {
  ASSERT_TRUE(replica.propose(move_fader(2, 101, -1)));
  const auto arrival = commit(2, move_fader(2, 101, -5));
  ASSERT_TRUE(arrival);
  EXPECT_TRUE(arrival->mine);
  EXPECT_EQ(fader(replica.view()), -5);
  expect_invariant();
}

TEST_F(ReplicaTest, DeletingWhatAPendingEditChangesLosesNothingElse) {
  ASSERT_TRUE(replica.propose(move_fader(2, 101, -1)));
  ASSERT_TRUE(commit(2, delete_object(9, 101)));
  EXPECT_EQ(replica.view().find(ObjectId{101}), nullptr);
  EXPECT_EQ(replica.pending().size(), 1U);
  expect_invariant();
}

TEST_F(ReplicaTest, PendingEditsStayOnTopOfANewState) {
  ASSERT_TRUE(replica.propose(move_fader(2, 101, -6)));
  session::Session server = replica.confirmed();
  ASSERT_TRUE(session::apply(server, create_track(8, 108, "Drums")));
  replica.reset(server, 40);
  EXPECT_EQ(replica.revision(), 40U);
  EXPECT_NE(replica.view().find(ObjectId{108}), nullptr);
  EXPECT_EQ(fader(replica.view()), -6);
  expect_invariant();
}

}  // namespace
}  // namespace talkback::replica
