// Sync against a model of the server that orders edits and keeps the promises of room.proto.
#include "client/replica/sync.hpp"

#include <gtest/gtest.h>

#include "tests/client/replica/model_server.hpp"
#include "tests/support/random_edits.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::replica {
namespace {

using test::create_track;
using test::edit_id;
using test::move_fader;

class SyncTest : public ::testing::Test {
 protected:
  void join() {
    anna.connect();
    anna.exchange();
    ASSERT_TRUE(anna.sync->is_joined());
    ASSERT_TRUE(anna.sync->submit(create_track(1, 101, "Vocal")));
    anna.exchange();
    ASSERT_TRUE(anna.sync->is_settled());
  }
  void expect_same(const Machine& machine) const {
    EXPECT_EQ(digest_bytes(machine.sync->replica().view()), digest_bytes(server.session));
    EXPECT_EQ(machine.sync->replica().revision(), server.revision());
  }

  TemporaryFolder folder;
  ModelServer server;
  Machine anna{server, folder / "anna.sqlite"};
};

TEST_F(SyncTest, ASnapshotInPartsJoins) {
  for (std::uint64_t i = 0; i < 7; ++i) {
    v1::ClientFrame frame;
    *frame.mutable_submit()->mutable_edit() = create_track(50 + i, 500 + i, "Track");
    Wire nobody;
    server.receive(nobody, frame);
  }
  anna.connect();
  anna.exchange();
  EXPECT_EQ(anna.count(Event::Kind::joined), 1);
  expect_same(anna);
}

TEST_F(SyncTest, AnEditIsKeptSentAndAcknowledged) {
  join();
  EXPECT_EQ(anna.count(Event::Kind::committed), 1);
  EXPECT_TRUE(anna.events.back().mine);
  EXPECT_EQ(anna.events.back().edit_id, edit_id(1));
  anna.restart();
  EXPECT_TRUE(anna.sync->replica().pending().empty()) << "what is acknowledged does not wait any more";
}

TEST_F(SyncTest, AnEditWithoutAnIdGetsARandomOne) {
  join();
  v1::Edit edit = move_fader(2, 101, -3);
  edit.clear_edit_id();
  ASSERT_TRUE(anna.sync->submit(edit));
  EXPECT_EQ(anna.sync->replica().pending().front().edit_id().size(), 16U);
}

TEST_F(SyncTest, TextThatIsNoUtf8IsRefusedBeforeItIsKept) {
  join();
  v1::Edit summary = move_fader(2, 101, -3);
  summary.set_summary("l\xE4uter");
  for (const v1::Edit& edit : {create_track(3, 103, "Gitarre\xFC"), summary}) {
    const auto refused = anna.sync->submit(edit);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  }
  EXPECT_TRUE(anna.sync->is_settled());
  anna.restart();
}

TEST_F(SyncTest, BeforeTheFirstJoinNothingCanBeEdited) {
  const auto refused = anna.sync->submit(create_track(1, 101, "Vocal"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
}

TEST_F(SyncTest, OfflineEditsSurviveARestartAndAreSentOnce) {
  join();
  ASSERT_TRUE(anna.sync->save());
  anna.drop_connection();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  anna.restart();
  EXPECT_EQ(anna.sync->replica().view().find(ObjectId{101})->track().fader_db(), -6) << "seen before the connection";
  EXPECT_EQ(server.revision(), 1U);
  anna.connect();
  anna.exchange();
  EXPECT_EQ(server.revision(), 2U);
  EXPECT_TRUE(anna.sync->is_settled());
  expect_same(anna);
}

TEST_F(SyncTest, ALostAcknowledgementDoesNotApplyTheEditTwice) {
  join();
  ASSERT_TRUE(anna.sync->save());
  ASSERT_TRUE(anna.sync->submit(create_track(2, 102, "Bass")));
  ASSERT_TRUE(anna.send_one());
  anna.restart();  // the answer was under way
  ASSERT_EQ(anna.sync->replica().pending().size(), 1U);
  anna.connect();
  anna.exchange();
  EXPECT_EQ(server.revision(), 2U);
  EXPECT_TRUE(anna.sync->is_settled());
  expect_same(anna);
  anna.restart();
  EXPECT_TRUE(anna.sync->replica().pending().empty());
}

TEST_F(SyncTest, AnAnswerWithAnOldRevisionSettlesTheEdit) {
  join();
  anna.events.clear();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  ASSERT_TRUE(anna.send_one());
  // The snapshot of the next connection contains the edit already, so only the bare answer names it.
  anna.restart();
  anna.connect();
  anna.exchange();
  EXPECT_TRUE(anna.sync->is_settled());
  EXPECT_EQ(server.revision(), 2U);
  EXPECT_EQ(anna.events.back().edit_id, edit_id(2));
  EXPECT_TRUE(anna.events.back().mine);
  EXPECT_TRUE(anna.events.back().report.changes.empty());
  expect_same(anna);
}

TEST_F(SyncTest, ARejectedEditLeavesViewAndDisk) {
  join();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  v1::ServerFrame refusal;
  refusal.mutable_rejected()->set_edit_id(edit_id(2));
  refusal.mutable_rejected()->set_code("denied");
  refusal.mutable_rejected()->set_message("not yours");
  anna.wire.up.clear();
  anna.wire.down.push_back(refusal);
  anna.exchange();
  EXPECT_EQ(anna.events.back().error.code, ErrorCode::denied);
  EXPECT_EQ(anna.events.back().error.message, "not yours");
  expect_same(anna);
  anna.restart();
  EXPECT_TRUE(anna.sync->replica().pending().empty());
}

TEST_F(SyncTest, TryAgainIsNoVerdictOnTheEdit) {
  join();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  anna.wire.up.clear();
  v1::ServerFrame later;
  later.mutable_rejected()->set_edit_id(edit_id(2));
  later.mutable_rejected()->set_code("unavailable");
  anna.wire.down.push_back(later);
  anna.exchange();
  EXPECT_EQ(anna.sync->replica().pending().size(), 1U);
  anna.connect();
  anna.exchange();
  EXPECT_EQ(server.revision(), 2U);
  expect_same(anna);
}

TEST_F(SyncTest, AGapAsksForEverything) {
  join();
  const int before = server.snapshots;
  v1::ServerFrame gap;
  v1::CommittedEdit& edit = *gap.mutable_committed()->add_edits();
  edit.set_revision(7);
  *edit.mutable_edit() = move_fader(7, 101, 1);
  anna.wire.down.push_back(gap);
  anna.exchange();
  EXPECT_EQ(anna.count(Event::Kind::resync), 1);
  EXPECT_EQ(server.snapshots, before + 1);
  EXPECT_TRUE(anna.sync->is_joined());
  expect_same(anna);
}

TEST_F(SyncTest, ADifferentDigestAsksForEverything) {
  join();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  anna.exchange();
  server.publish_digest();
  anna.exchange();
  EXPECT_EQ(anna.count(Event::Kind::resync), 0);
  v1::ServerFrame other;
  other.mutable_digest()->set_revision(server.revision());
  other.mutable_digest()->set_digest(std::string(32, 'x'));
  anna.wire.down.push_back(other);
  anna.exchange();
  EXPECT_EQ(anna.count(Event::Kind::resync), 1);
  EXPECT_TRUE(anna.sync->is_joined());
  expect_same(anna);
}

TEST_F(SyncTest, ADamagedSnapshotIsAskedForAgain) {
  anna.connect();
  ASSERT_TRUE(anna.send_one());
  anna.wire.down.back().mutable_snapshot()->set_digest(std::string(32, 'x'));
  anna.exchange();
  EXPECT_EQ(anna.count(Event::Kind::resync), 1);
  EXPECT_TRUE(anna.sync->is_joined());
  expect_same(anna);
}

TEST_F(SyncTest, AMachineAheadOfARestoredServerJoinsWithTheServersState) {
  join();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  anna.exchange();
  ASSERT_TRUE(anna.sync->save());
  anna.restart();
  ModelServer restored;
  Wire nobody;
  v1::ClientFrame first;
  *first.mutable_submit()->mutable_edit() = create_track(1, 101, "Vocal");
  restored.receive(nobody, first);
  Machine again(restored, folder / "anna.sqlite");
  ASSERT_EQ(again.sync->replica().revision(), 2U);
  again.connect();
  again.send_one();
  while (!again.sync->is_joined() && again.receive_one()) continue;
  ASSERT_TRUE(again.sync->is_joined());
  EXPECT_EQ(again.sync->replica().revision(), 1U) << "joined means: at the server's head";
  EXPECT_EQ(digest_bytes(again.sync->replica().view()), digest_bytes(restored.session));
}

TEST_F(SyncTest, ADamagedCacheIsReplaced) {
  join();
  {
    auto store = open_replica_store(folder / "bert.sqlite");
    ASSERT_TRUE(store);
    v1::SessionState damaged = session::to_state(server.session, server.revision());
    damaged.set_digest(std::string(32, 'x'));
    ASSERT_TRUE((*store)->keep_state(damaged, {}));
  }
  Machine bert(server, folder / "bert.sqlite");
  EXPECT_TRUE(bert.sync->replica().is_empty());
  bert.connect();
  bert.exchange();
  expect_same(bert);
  ASSERT_TRUE(bert.sync->save());
  bert.restart();
  EXPECT_FALSE(bert.sync->replica().is_empty()) << "a good state takes the damaged one's place";
}

TEST_F(SyncTest, TheServersFarewellEndsTheMembership) {
  join();
  v1::ServerFrame goodbye;
  goodbye.mutable_goodbye()->set_code("denied");
  goodbye.mutable_goodbye()->set_message("you are no member any more");
  anna.wire.down.push_back(goodbye);
  anna.exchange();
  EXPECT_FALSE(anna.sync->is_joined());
  EXPECT_EQ(anna.events.back().error.code, ErrorCode::denied);
}

// Two members edit as they like while connections break, programs restart and frames wait: all end with one session.
TEST_F(SyncTest, RandomEditsOfTwoMembersEndWithEqualDigests) {
  std::uint64_t revisions = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    support::RandomEdits random(seed);
    ModelServer here;
    const std::string name = std::to_string(seed);
    Machine one(here, folder / ("one" + name + ".sqlite"));
    Machine two(here, folder / ("two" + name + ".sqlite"));
    for (Machine* machine : {&one, &two}) {
      machine->connect();
      machine->exchange();
    }
    for (int step = 0; step < 120; ++step) {
      Machine& machine = random.number(2) == 0 ? one : two;
      const std::uint64_t dice = random.number(20);
      if (dice < 9 && !machine.sync->replica().is_empty())
        static_cast<void>(machine.sync->submit(random.next(machine.sync->replica().view())).has_value());
      else if (dice < 13)
        machine.send_one();
      else if (dice < 18)
        machine.receive_one();
      else if (dice == 18)
        machine.connect();
      else if (random.number(3) == 0) {
        ASSERT_TRUE(machine.sync->save());
        machine.restart();
        machine.connect();
      }
    }
    for (Machine* machine : {&one, &two}) machine->connect();
    for (int round = 0; round < 3; ++round)
      for (Machine* machine : {&one, &two}) machine->exchange();
    here.publish_digest();
    for (Machine* machine : {&one, &two}) {
      machine->exchange();
      EXPECT_TRUE(machine->sync->is_settled());
      EXPECT_EQ(machine->count(Event::Kind::resync), 0) << "an orderly course needs no resync";
      EXPECT_EQ(digest_bytes(machine->sync->replica().view()), digest_bytes(here.session));
    }
    revisions += here.revision();
  }
  // What a seed makes depends on the fields of the model; together they have something to agree about.
  EXPECT_GT(revisions, 12U * 10U);
}

}  // namespace
}  // namespace talkback::replica
