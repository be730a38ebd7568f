// Recordings that one member orders of another: to whom the frames go, and who is refused. What each role may is
// written down by hand, not read from the policy.
#include <gtest/gtest.h>

#include "engine/session/apply.hpp"
#include "engine/session/protocol_version.hpp"
#include "server/domain/room.hpp"
#include "tests/support/edits.hpp"

namespace talkback::domain {
namespace {

constexpr std::uint64_t kBens = 101;
constexpr std::uint64_t kShared = 102;

class RoomRecordingTest : public ::testing::Test {
 protected:
  RoomRecordingTest()
      : room_({.project = "0123456789abcdef",
               .branch = "0123456789abcdef",
               .branch_name = "main",
               .session = song(),
               .revision = 0,
               .snapshot_revision = 0,
               .edit_names = {}}) {
    join(1, "maria", v1::PRODUCER);
    join(2, "ben", v1::PERFORMER);
    join(3, "leo", v1::LISTENER);
    stand_by(2, true);
  }
  static session::Session song() {
    session::Session session = session::Session::create({.title = "Song"});
    EXPECT_TRUE(session::apply(session, test::create_track(90, kBens, "Vocal", "ben")));
    EXPECT_TRUE(session::apply(session, test::create_track(91, kShared, "Piano")));
    return session;
  }
  void join(ConnectionId connection, const std::string& user, v1::Role role) {
    v1::Hello hello;
    hello.set_protocol_version(session::kProtocolVersion);
    room_.join(connection, {.id = {1}, .user = user, .role = role}, hello);
    (void)room_.take_outbox();
  }
  void stand_by(ConnectionId connection, bool takes_orders) {
    v1::PresenceState state;
    state.mutable_recording()->set_takes_orders(takes_orders);
    room_.show_presence(connection, state, now_ += 1000);
    (void)room_.take_outbox();
  }
  static v1::RecordOrder start(std::uint64_t to = 2, std::uint64_t track = kBens) {
    v1::RecordOrder order;
    order.set_order_id(test::edit_id(7));
    order.set_to_connection(to);
    order.set_track_id(track);
    order.set_kind(v1::RecordOrder::START);
    order.mutable_start()->set_from("17");
    return order;
  }
  static v1::RecordAnswer answer(std::uint64_t to = 1) {
    v1::RecordAnswer answer;
    answer.set_order_id(test::edit_id(7));
    answer.set_to_connection(to);
    answer.set_state(v1::RecordAnswer::TAKEN);
    return answer;
  }
  // What is sent because of the order, each to one connection.
  std::vector<Delivery> told(ConnectionId from, const v1::RecordOrder& order) {
    room_.order_recording(from, order, now_ += 1000);
    return room_.take_outbox();
  }
  // The code of the refusal; "" where it was handed on.
  std::string outcome(ConnectionId from, const v1::RecordOrder& order) {
    const auto sent = told(from, order);
    EXPECT_EQ(sent.size(), 1U);
    if (sent.size() != 1) return "nothing";
    EXPECT_EQ(sent[0].to, Delivery::To::one);
    if (sent[0].frame.has_record_order()) return "";
    EXPECT_EQ(sent[0].connection, from);
    EXPECT_EQ(sent[0].frame.record_answer().state(), v1::RecordAnswer::REFUSED);
    EXPECT_FALSE(sent[0].frame.record_answer().message().empty());
    return sent[0].frame.record_answer().code();
  }

  Room room_;
  std::int64_t now_ = 10'000;
};

TEST_F(RoomRecordingTest, AnOrderGoesToItsTargetAlone) {
  v1::RecordOrder forged = start();
  forged.set_from_user("somebody else");
  const auto sent = told(1, forged);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, Delivery::To::one);
  EXPECT_EQ(sent[0].connection, 2U);
  EXPECT_EQ(sent[0].frame.record_order().from_user(), "maria");
  EXPECT_EQ(sent[0].frame.record_order().from_connection(), 1U);
  EXPECT_EQ(sent[0].frame.record_order().start().from(), "17");
}

TEST_F(RoomRecordingTest, AnAnswerGoesToWhoAskedAlone) {
  room_.answer_recording(2, answer(), now_);
  EXPECT_TRUE(room_.take_outbox().empty()) << "nobody has asked yet";
  ASSERT_EQ(outcome(1, start()), "");
  room_.answer_recording(2, answer(), now_);
  const auto sent = room_.take_outbox();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, Delivery::To::one);
  EXPECT_EQ(sent[0].connection, 1U);
  EXPECT_EQ(sent[0].frame.record_answer().from_user(), "ben");
  EXPECT_EQ(sent[0].frame.record_answer().from_connection(), 2U);
  room_.answer_recording(2, answer(3), now_);
  EXPECT_TRUE(room_.take_outbox().empty()) << "leo has asked for nothing";
  room_.leave(1);
  (void)room_.take_outbox();
  room_.answer_recording(2, answer(), now_);
  EXPECT_TRUE(room_.take_outbox().empty()) << "maria has left";
}

TEST_F(RoomRecordingTest, WhoMayOrderAndAnswer) {
  const std::pair<v1::Role, std::pair<bool, bool>> kRoles[] = {{v1::OWNER, {true, true}},
                                                               {v1::PRODUCER, {true, true}},
                                                               {v1::PERFORMER, {false, true}},
                                                               {v1::MENTOR, {false, false}},
                                                               {v1::LISTENER, {false, false}}};
  ConnectionId next = 10;
  for (const auto& [role, may] : kRoles) {
    const std::string name = "member of role " + std::to_string(role);
    join(++next, name, role);
    for (const auto kind :
         {v1::RecordOrder::ARM, v1::RecordOrder::START, v1::RecordOrder::STOP, v1::RecordOrder::CANCEL}) {
      v1::RecordOrder order = start();
      order.set_kind(kind);
      EXPECT_EQ(outcome(next, order), may.first ? "" : "denied") << name;
    }
    // As the performer: nobody is recorded on a track that they may not edit.
    stand_by(next, true);
    const bool edits_all = role == v1::OWNER || role == v1::PRODUCER;
    EXPECT_EQ(outcome(1, start(next, kShared)), edits_all ? "" : "denied") << name;
    EXPECT_EQ(outcome(1, start(next, kBens)), edits_all ? "" : "denied") << name;
    v1::RecordOrder stop = start(next);
    stop.set_kind(v1::RecordOrder::STOP);
    EXPECT_EQ(outcome(1, stop), "");
    room_.answer_recording(next, answer(), now_);
    EXPECT_EQ(!room_.take_outbox().empty(), may.second) << name;
  }
}

TEST_F(RoomRecordingTest, OnlyWhoLetsThemselvesBeRecorded) {
  stand_by(2, false);
  EXPECT_EQ(outcome(1, start()), "denied");
  stand_by(2, true);
  EXPECT_EQ(outcome(1, start()), "");
  EXPECT_EQ(outcome(1, start(3)), "denied") << "leo never said so";
  stand_by(2, false);
  v1::RecordOrder stop = start();
  stop.set_kind(v1::RecordOrder::STOP);
  EXPECT_EQ(outcome(1, stop), "") << "what goes on can be ended";
}

TEST_F(RoomRecordingTest, WhatCannotBeCarriedOutIsSaid) {
  EXPECT_EQ(outcome(1, start(99)), "not_found");
  EXPECT_EQ(outcome(1, start(2, kShared)), "denied") << "the piano is not ben's";
  EXPECT_EQ(outcome(1, start(2, 12345)), "not_found");
  EXPECT_EQ(outcome(1, start(2, 2)), "not_found") << "the master is no audio track";
  v1::RecordOrder order = start();
  order.set_order_id("short");
  EXPECT_EQ(outcome(1, order), "invalid");
  order = start();
  order.set_kind(v1::RecordOrder::KIND_UNSPECIFIED);
  EXPECT_EQ(outcome(1, order), "invalid");
  order = start();
  order.mutable_start()->set_from(std::string(kRecordBytesMax, '1'));
  EXPECT_EQ(outcome(1, order), "invalid");
  room_.leave(2);
  (void)room_.take_outbox();
  EXPECT_EQ(outcome(1, start()), "not_found");
}

TEST_F(RoomRecordingTest, TheRateIsBounded) {
  now_ += 1000;
  std::map<std::string, int> codes;
  for (int i = 0; i < 2 * kRecordOrdersPerSecond; ++i) {
    room_.order_recording(1, start(), now_);
    for (const Delivery& delivery : room_.take_outbox()) ++codes[delivery.frame.record_answer().code()];
  }
  EXPECT_EQ(codes[""], kRecordOrdersPerSecond);
  EXPECT_EQ(codes["exhausted"], kRecordOrdersPerSecond);
  EXPECT_EQ(outcome(1, start()), "") << "a second later";
  int sent = 0;
  for (int i = 0; i < 2 * kRecordOrdersPerSecond; ++i) {
    room_.answer_recording(2, answer(), now_);
    sent += static_cast<int>(room_.take_outbox().size());
  }
  EXPECT_EQ(sent, kRecordOrdersPerSecond);
}

TEST_F(RoomRecordingTest, APresenceThatIsTooLargeIsNotShown) {
  v1::PresenceState state;
  state.mutable_recording()->set_line_trouble(std::string(200, 'x'));
  state.mutable_recording()->set_result(std::string(200, 'x'));
  for (int c = 0; c < 16; ++c) state.mutable_recording()->add_peak_dbfs(-20.0F);
  room_.show_presence(2, state, now_ += 1000);
  const auto shown = room_.take_outbox();
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_LE(shown[0].frame.ByteSizeLong(), 1000U);
  state.mutable_recording()->set_result(std::string(kPresenceBytesMax, 'x'));
  room_.show_presence(2, state, now_ += 1000);
  EXPECT_TRUE(room_.take_outbox().empty());
}

}  // namespace
}  // namespace talkback::domain
