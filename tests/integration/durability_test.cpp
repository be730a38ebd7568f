// Real server processes, killed and stopped: nothing acknowledged is lost, nothing happens twice.
#include <gtest/gtest.h>
#include <signal.h>

#include <map>

#include "tests/support/edits.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::test {
namespace {

class DurabilityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    add_user(data_, "anna");
    server_.emplace(data_);
    token_ = sign_in(server_->port(), "anna");
    HttpClient http(server_->port(), token_);
    project_ = create_project(http, "Song");
  }

  RoomClient join(std::uint64_t since = 0) {
    RoomClient room(server_->port(), token_, project_);
    room.hello(since);
    return room;
  }
  // At the head of an empty project.
  RoomClient join_at_start() {
    RoomClient room = join();
    EXPECT_TRUE(room.read_until(v1::ServerFrame::kSnapshot));
    return room;
  }
  void restart() { server_.emplace(data_); }

  TemporaryFolder folder_;
  std::filesystem::path data_ = folder_ / "data";
  std::optional<ServerProcess> server_;
  std::string token_;
  std::string project_;
};

TEST_F(DurabilityTest, AcknowledgedEditSurvivesKill) {
  RoomClient room = join_at_start();
  room.submit(create_track(1, 101, "Vocal"));
  ASSERT_TRUE(room.read_to(1));
  const std::string digest = room.digest();
  server_->kill();

  restart();
  RoomClient again = join_at_start();
  EXPECT_EQ(again.revision(), 1U);
  EXPECT_EQ(again.digest(), digest);
}

TEST_F(DurabilityTest, EditSentAgainAfterKillIsAppliedOnce) {
  RoomClient room = join_at_start();
  // Not waited for: it may be stored or not when the server dies.
  room.submit(create_track(1, 101, "Vocal"));
  server_->kill();

  restart();
  RoomClient again = join_at_start();
  again.submit(create_track(1, 101, "Vocal"));
  again.submit(create_track(2, 102, "Bass"));
  ASSERT_TRUE(again.read_to(2));
  EXPECT_EQ(again.revision(), 2U);
  EXPECT_NE(again.replica().find(ObjectId{101}), nullptr);
}

// A server that has just started knows no edit ids: the log does.
TEST_F(DurabilityTest, OldEditsAreKnownAfterARestartWhetherOrNotTheyApply) {
  RoomClient room = join_at_start();
  room.submit(create_track(1, 101, "Vocal"));
  room.submit(move_fader(2, 101, -6));
  room.submit(move_fader(3, 101, -3));
  ASSERT_TRUE(room.read_to(3));
  restart();
  RoomClient again = join_at_start();
  std::map<std::string, std::uint64_t> answers;
  again.submit(create_track(1, 101, "Vocal"));  // would be refused: the track is there
  again.submit(move_fader(2, 101, -6));         // would be applied again
  again.submit(create_track(4, 104, "Something new"));
  while (answers.size() < 3) {
    const auto frame = again.read_until(v1::ServerFrame::kCommitted);
    ASSERT_TRUE(frame);
    for (const v1::CommittedEdit& committed : frame->committed().edits())
      answers[committed.edit().edit_id()] = committed.revision();
  }
  EXPECT_EQ(answers, (std::map<std::string, std::uint64_t>{{edit_id(1), 1}, {edit_id(2), 2}, {edit_id(4), 4}}));
  EXPECT_EQ(again.replica().find(ObjectId{101})->track().fader_db(), -3.0);
  EXPECT_EQ(again.revision(), 4U);
}

TEST_F(DurabilityTest, EditSentTwiceIsAnsweredWithItsOldRevision) {
  RoomClient room = join_at_start();
  room.submit(create_track(1, 101, "Vocal"));
  ASSERT_TRUE(room.read_to(1));
  room.submit(create_track(1, 101, "Vocal"));

  const auto answer = room.read_until(v1::ServerFrame::kCommitted);

  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->committed().edits_size(), 1);
  EXPECT_EQ(answer->committed().edits(0).revision(), 1U);
  EXPECT_EQ(answer->committed().edits(0).edit().edit_id(), edit_id(1));
}

TEST_F(DurabilityTest, ReturningMemberGetsOnlyWhatIsMissing) {
  RoomClient room = join_at_start();
  room.submit(create_track(1, 101, "Vocal"));
  ASSERT_TRUE(room.read_to(1));
  RoomClient again(server_->port(), token_, project_);
  again.continue_from(room);
  for (std::uint64_t i = 2; i <= 3; ++i) room.submit(create_track(i, 100 + i, "Track"));
  ASSERT_TRUE(room.read_to(3));

  again.hello(1);
  const auto missing = again.read_until(v1::ServerFrame::kCommitted);

  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->committed().edits(0).revision(), 2U);
  EXPECT_EQ(again.digest(), room.digest());
}

TEST_F(DurabilityTest, ConcurrentEditorsEndWithEqualDigests) {
  constexpr std::uint64_t kEditsEach = 200;
  RoomClient one = join_at_start();
  one.submit(create_track(1, 101, "Vocal"));
  RoomClient other = join();
  ASSERT_TRUE(other.read_to(1));

  for (std::uint64_t i = 0; i < kEditsEach; ++i) {
    one.submit(i % 5 == 0 ? create_track(1000 + i, 1000 + i, "One") : move_fader(1000 + i, 101, -double(i) / 10));
    other.submit(i % 5 == 0 ? create_track(5000 + i, 5000 + i, "Other") : move_fader(5000 + i, 101, double(i) / 100));
  }
  ASSERT_TRUE(one.read_to(1 + 2 * kEditsEach));
  ASSERT_TRUE(other.read_to(1 + 2 * kEditsEach));

  EXPECT_EQ(one.digest(), other.digest());
  server_->kill();
  restart();
  EXPECT_EQ(join_at_start().digest(), one.digest());
}

TEST_F(DurabilityTest, TermSaysGoodbyeAndEndsCleanly) {
  RoomClient room = join_at_start();
  room.submit(create_track(1, 101, "Vocal"));
  ASSERT_TRUE(room.read_to(1));

  std::optional<v1::ServerFrame> goodbye;
  ::kill(server_->pid(), SIGTERM);
  goodbye = room.read_until(v1::ServerFrame::kGoodbye);

  ASSERT_TRUE(goodbye);
  EXPECT_EQ(goodbye->goodbye().code(), "unavailable");
  EXPECT_EQ(server_->stop(), 0);
  EXPECT_EQ(run_talkbackd({"verify", "--data", data_.string()}).code, 0);
}

TEST_F(DurabilityTest, SecondServerOnOneFolderIsRefusedClearly) {
  const CommandResult second = run_talkbackd({"serve", "--data", data_.string(), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(second.code, 1);
  EXPECT_NE(second.output.find("already running"), std::string::npos) << second.output;
}

TEST_F(DurabilityTest, OpeningALongHistoryStartsFromASnapshot) {
  RoomClient room = join_at_start();
  room.submit(create_track(1, 101, "Vocal"));
  constexpr std::uint64_t kEdits = 1200;
  for (std::uint64_t i = 2; i <= kEdits; ++i) room.submit(move_fader(i, 101, -double(i) / 100));
  ASSERT_TRUE(room.read_to(kEdits));
  EXPECT_EQ(server_->stop(), 0);

  const CommandResult verified = run_talkbackd({"verify", "--data", data_.string()});

  EXPECT_EQ(verified.code, 0) << verified.output;
  restart();
  EXPECT_EQ(join_at_start().digest(), room.digest());
}

}  // namespace
}  // namespace talkback::test
