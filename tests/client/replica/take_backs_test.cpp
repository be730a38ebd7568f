// Undos that wait for the server: kept over restarts, and made anew where others have worked meanwhile.
#include "client/replica/take_backs.hpp"

#include <gtest/gtest.h>

#include "engine/session/undo.hpp"
#include "tests/client/replica/model_server.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::replica {
namespace {

using test::create_track;
using test::delete_object;
using test::edit_id;
using test::move_fader;

class TakeBacksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (Machine* machine : {&anna, &bert}) {
      machine->connect();
      machine->exchange();
    }
    submit(anna, create_track(1, 101, "Vocal"));
    submit(anna, move_fader(2, 101, -2));
    bert.exchange();
    ASSERT_EQ(fader(bert), -2);
  }
  void submit(Machine& machine, const v1::Edit& edit) {
    auto report = machine.sync->submit(edit);
    ASSERT_TRUE(report) << report.error().message;
    made[edit.edit_id()] = report->changes;
    machine.exchange();
  }
  // Takes back what was submitted under that number; the undo has the number `as`.
  void undo(Machine& machine, std::uint64_t number, std::uint64_t as) {
    const auto changes = made.at(edit_id(number));
    auto undo = session::undo_of(machine.sync->replica().view(), changes);
    ASSERT_TRUE(undo);
    ASSERT_FALSE(undo->edit.operations().empty());
    undo->edit.set_edit_id(edit_id(as));
    undo->edit.set_undoes_edit(edit_id(number));
    auto report = machine.sync->submit(undo->edit, {.changes = changes, .left = undo->left});
    ASSERT_TRUE(report) << report.error().message;
    made[edit_id(as)] = report->changes;
    machine.exchange();
  }
  void go_offline() { anna.drop_connection(); }
  void come_back() {
    anna.connect();
    anna.exchange();
    ASSERT_TRUE(anna.sync->is_settled());
    bert.exchange();
    EXPECT_EQ(digest_bytes(anna.sync->replica().view()), digest_bytes(server.session));
    EXPECT_EQ(digest_bytes(bert.sync->replica().view()), digest_bytes(server.session));
  }
  static double fader(const Machine& machine) {
    return machine.sync->replica().view().find(ObjectId{101})->track().fader_db();
  }
  std::vector<std::string> told() const {
    std::vector<std::string> left;
    for (const Event& event : anna.events) left.insert(left.end(), event.left.begin(), event.left.end());
    return left;
  }

  TemporaryFolder folder;
  ModelServer server;
  Machine anna{server, folder / "anna.sqlite"};
  Machine bert{server, folder / "bert.sqlite"};
  std::map<std::string, std::vector<session::Change>> made;
};

TEST_F(TakeBacksTest, AnUndoOfAnEditThatWaitsSurvivesARestart) {
  go_offline();
  submit(anna, move_fader(3, 101, -3));
  undo(anna, 3, 4);
  EXPECT_EQ(fader(anna), -2);
  ASSERT_TRUE(anna.sync->save());
  anna.restart();
  EXPECT_EQ(fader(anna), -2);
  EXPECT_EQ(anna.sync->replica().pending().size(), 2U);
  come_back();
  EXPECT_EQ(fader(anna), -2);
  EXPECT_EQ(server.revision(), 4U) << "both are in the history";
  EXPECT_TRUE(told().empty());
}

TEST_F(TakeBacksTest, AnUndoThatWaitedGoesBackToWhatOthersDidMeanwhile) {
  go_offline();
  submit(anna, move_fader(3, 101, -3));
  undo(anna, 3, 4);
  submit(bert, move_fader(5, 101, -6));
  come_back();
  EXPECT_EQ(fader(anna), -6) << "as if she had edited and undone after him";
}

TEST_F(TakeBacksTest, WhatOthersHaveSetSinceStaysAndIsTold) {
  go_offline();
  undo(anna, 2, 4);
  EXPECT_EQ(fader(anna), 0);
  submit(bert, move_fader(5, 101, -6));
  ASSERT_TRUE(anna.sync->save());
  anna.restart();
  come_back();
  EXPECT_EQ(fader(anna), -6);
  EXPECT_EQ(server.revision(), 3U) << "there was nothing left to send";
  ASSERT_EQ(told().size(), 1U);
  EXPECT_NE(told().front().find("changed since"), std::string::npos) << told().front();
  anna.restart();
  EXPECT_TRUE(anna.sync->replica().pending().empty());
}

TEST_F(TakeBacksTest, ARedoOfAnUndoThatHasGoneGoesToo) {
  go_offline();
  undo(anna, 2, 4);
  undo(anna, 4, 6);
  EXPECT_EQ(fader(anna), -2);
  submit(bert, move_fader(5, 101, -6));
  come_back();
  EXPECT_EQ(fader(anna), -6);
}

TEST_F(TakeBacksTest, AfterASnapshotUndosAreMadeAnewAsWell) {
  go_offline();
  undo(anna, 2, 4);
  submit(bert, move_fader(5, 101, -6));
  anna.sync->disconnected();
  // As to a server that was restored: its state comes whole.
  anna.connect();
  anna.wire.up.front().mutable_hello()->set_since_digest("another");
  anna.exchange();
  EXPECT_EQ(fader(anna), -6);
  EXPECT_TRUE(anna.sync->is_settled());
  EXPECT_TRUE(anna.sync->known_edits()->empty()) << "nobody knows what led to the snapshot";
}

TEST_F(TakeBacksTest, AnUndoThatWasSentAndIsMadeAnewHappensOnce) {
  anna.sync->disconnected();
  anna.connect();
  anna.exchange();
  // Sent, and the answer is lost with the program.
  const auto changes = made.at(edit_id(2));
  auto undo = session::undo_of(anna.sync->replica().view(), changes);
  ASSERT_TRUE(undo);
  undo->edit.set_edit_id(edit_id(4));
  undo->edit.set_undoes_edit(edit_id(2));
  ASSERT_TRUE(anna.sync->submit(undo->edit, {.changes = changes, .left = {}}));
  while (anna.send_one()) continue;
  submit(bert, move_fader(5, 101, -6));
  anna.restart();
  come_back();
  EXPECT_EQ(fader(anna), -6);
  EXPECT_EQ(server.revision(), 4U);
  EXPECT_TRUE(anna.sync->replica().pending().empty());
}

TEST_F(TakeBacksTest, WhatLedToTheSessionIsKnownAfterARestart) {
  ASSERT_TRUE(anna.sync->save());
  anna.restart();
  const auto known = anna.sync->known_edits();
  ASSERT_TRUE(known);
  ASSERT_EQ(known->size(), 2U);
  EXPECT_EQ(known->front().edit().edit().edit_id(), edit_id(2));
  const auto changes = changes_of(known->front().changes());
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes.front().before->track().fader_db(), 0);
  EXPECT_EQ(changes.front().after->track().fader_db(), -2);
}

}  // namespace
}  // namespace talkback::replica
