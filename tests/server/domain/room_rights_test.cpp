// Every frame and every kind of operation, by every role, on what is one's own, another's, shared and gone; on the main
// branch and in suggestions. The expectations are written down by hand, not read from the policy.
#include <gtest/gtest.h>

#include <map>

#include "engine/session/apply.hpp"
#include "engine/session/protocol_version.hpp"
#include "server/domain/room.hpp"
#include "tests/support/edits.hpp"

namespace talkback::domain {
namespace {

constexpr std::uint64_t kOwn = 101;      // "me" performs it
constexpr std::uint64_t kForeign = 102;  // "ben" does
constexpr std::uint64_t kShared = 103;   // nobody does
constexpr std::uint64_t kGone = 104;
constexpr std::uint64_t kNew = 200;

v1::Edit create_on(std::uint64_t edit, std::uint64_t parent) {
  v1::Edit made;
  made.set_edit_id(test::edit_id(edit));
  v1::Object& object = *made.add_operations()->mutable_create();
  object.set_id(kNew + edit);
  object.set_parent_id(parent);
  object.set_order("m");
  object.mutable_insert()->mutable_compressor();
  return made;
}

v1::Edit create_bus(std::uint64_t edit) {
  v1::Edit made = test::create_track(edit, kNew + edit, "Bus");
  made.mutable_operations(0)->mutable_create()->mutable_track()->set_kind(v1::Track::BUS);
  return made;
}

v1::Edit move_to(std::uint64_t edit, std::uint64_t object, std::uint64_t parent) {
  v1::Edit made;
  made.set_edit_id(test::edit_id(edit));
  v1::Update& update = *made.add_operations()->mutable_update();
  update.mutable_values()->set_id(object);
  update.mutable_values()->set_parent_id(parent);
  update.mutable_fields()->add_paths("parent_id");
  return made;
}

v1::Edit mixed(std::uint64_t edit) {
  v1::Edit made = test::move_fader(edit, kOwn, -1);
  *made.add_operations() = test::move_fader(edit, kForeign, -1).operations(0);
  return made;
}

struct Attempt {
  const char* what;
  v1::Edit edit;
  std::string_view allowed;  // of "OPFML"
};

std::vector<Attempt> attempts() {
  return {{"a track of one's own", test::create_track(1, kNew, "Mine", "me"), "OPF"},
          {"a track of another", test::create_track(2, kNew, "Ben's", "ben"), "OP"},
          {"a bus", create_bus(3), "OP"},
          {"an insert on one's own", create_on(4, kOwn), "OPF"},
          {"an insert on another's", create_on(5, kForeign), "OP"},
          {"an insert on the master", create_on(6, 2), "OP"},
          {"one's own fader", test::move_fader(7, kOwn, -3), "OPF"},
          {"another's fader", test::move_fader(8, kForeign, -3), "OP"},
          {"a shared fader", test::move_fader(9, kShared, -3), "OP"},
          // A performer cannot show that it was theirs.
          {"a fader that is gone", test::move_fader(10, kGone, -3), "OP"},
          {"one's own, deleted", test::delete_object(11, kOwn), "OPF"},
          {"another's, deleted", test::delete_object(12, kForeign), "OP"},
          {"gone, deleted", test::delete_object(13, kGone), "OP"},
          {"both in one edit", mixed(14), "OP"},
          {"another's track moved", move_to(15, kForeign, 1), "OP"}};
}

class RoomRightsTest : public ::testing::Test {
 protected:
  static session::Session session_with_tracks() {
    session::Session session = session::Session::create({.title = "Song"});
    EXPECT_TRUE(session::apply(session, test::create_track(90, kOwn, "Own", "me")));
    EXPECT_TRUE(session::apply(session, test::create_track(91, kForeign, "Foreign", "ben")));
    EXPECT_TRUE(session::apply(session, test::create_track(92, kShared, "Shared")));
    return session;
  }
  static Room room_of(const std::string& suggested_by) {
    return Room({.project = "0123456789abcdef",
                 .branch = "0123456789abcdef",
                 .branch_name = "main",
                 .suggested_by = suggested_by,
                 .session = session_with_tracks(),
                 .revision = 0,
                 .snapshot_revision = 0,
                 .edit_names = {}});
  }
  static void join(Room& room, v1::Role role) {
    v1::Hello hello;
    hello.set_protocol_version(session::kProtocolVersion);
    room.join(1, {.id = {7}, .user = "me", .role = role}, hello);
    static_cast<void>(room.take_outbox());
  }
  static void join_as_owner(Room& room, ConnectionId connection) {
    v1::Hello hello;
    hello.set_protocol_version(session::kProtocolVersion);
    room.join(connection, {.id = {9}, .user = "owner", .role = v1::OWNER}, hello);
    static_cast<void>(room.take_outbox());
  }
  // "" where the edit was accepted, else the code of its refusal.
  static std::string outcome(const Attempt& attempt, v1::Role role, const std::string& suggested_by) {
    Room room = room_of(suggested_by);
    join(room, role);
    room.submit(1, attempt.edit, 1000);
    for (const Delivery& delivery : room.take_outbox())
      if (delivery.frame.has_rejected()) return delivery.frame.rejected().code();
    return room.take_batch() ? "" : "nothing";
  }

  static inline const std::map<char, v1::Role> kRoles{
      {'O', v1::OWNER}, {'P', v1::PRODUCER}, {'F', v1::PERFORMER}, {'M', v1::MENTOR}, {'L', v1::LISTENER}};
};

TEST_F(RoomRightsTest, OperationsOnTheMainBranch) {
  for (const Attempt& attempt : attempts())
    for (const auto& [letter, role] : kRoles)
      EXPECT_EQ(outcome(attempt, role, {}), attempt.allowed.find(letter) == std::string_view::npos ? "denied" : "")
          << attempt.what << " by " << letter;
}

TEST_F(RoomRightsTest, InSuggestionsTheAuthorAloneMayDoAnything) {
  for (const Attempt& attempt : attempts())
    for (const auto& [letter, role] : kRoles) {
      EXPECT_EQ(outcome(attempt, role, "me"), letter == 'L' ? "denied" : "") << attempt.what << " by " << letter;
      EXPECT_EQ(outcome(attempt, role, "mia"), "denied") << attempt.what << " in another's, by " << letter;
    }
}

TEST_F(RoomRightsTest, OtherFrames) {
  for (const auto& [letter, role] : kRoles) {
    Room room = room_of({});
    join(room, role);
    v1::Hello hello;
    hello.set_protocol_version(session::kProtocolVersion);
    room.join(2, {.id = {8}, .user = "other", .role = v1::LISTENER}, hello);
    static_cast<void>(room.take_outbox());
    room.show_presence(1, {}, 1000);
    bool is_seen = false;
    for (const Delivery& delivery : room.take_outbox()) is_seen = is_seen || delivery.frame.has_presence();
    EXPECT_TRUE(is_seen) << letter;
    v1::LeaseRequest request;
    request.set_object_id(kForeign);
    room.ask_for_lease(1, request);
    bool is_granted = false;
    for (const Delivery& delivery : room.take_outbox())
      is_granted = is_granted || (delivery.frame.has_lease() && !delivery.frame.lease().ended());
    EXPECT_EQ(is_granted, std::string_view("OPF").find(letter) != std::string_view::npos) << letter;
    v1::RecordOrder order;
    order.set_order_id(test::edit_id(1));
    order.set_to_connection(2);
    order.set_kind(v1::RecordOrder::STOP);
    room.order_recording(1, order, 1000);
    bool is_handed_on = false;
    for (const Delivery& delivery : room.take_outbox())
      is_handed_on = is_handed_on || (delivery.connection == 2 && delivery.frame.has_record_order());
    EXPECT_EQ(is_handed_on, std::string_view("OP").find(letter) != std::string_view::npos) << letter;
    join_as_owner(room, 3);
    order.set_to_connection(1);
    room.order_recording(3, order, 1000);
    (void)room.take_outbox();
    v1::RecordAnswer answer;
    answer.set_to_connection(3);
    room.answer_recording(1, answer, 3000);
    EXPECT_EQ(!room.take_outbox().empty(), std::string_view("OPF").find(letter) != std::string_view::npos) << letter;
  }
}

TEST_F(RoomRightsTest, WhoIsNoMemberOrNoLongerOneGetsNothing) {
  Room room = room_of({});
  v1::Hello hello;
  hello.set_protocol_version(session::kProtocolVersion);
  room.join(1, {.id = {7}, .user = "me", .role = v1::ROLE_UNSPECIFIED}, hello);
  auto told = room.take_outbox();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].frame.goodbye().code(), "denied");
  room.submit(1, test::move_fader(1, kOwn, -3), 1000);
  EXPECT_FALSE(room.take_batch());

  room.join(2, {.id = {7}, .user = "me", .role = v1::PRODUCER}, hello);
  room.change_role("me", v1::ROLE_UNSPECIFIED);
  static_cast<void>(room.take_outbox());
  for (const Attempt& attempt : attempts()) {
    room.submit(2, attempt.edit, 1000);
    EXPECT_FALSE(room.take_batch()) << attempt.what;
  }
}

}  // namespace
}  // namespace talkback::domain
