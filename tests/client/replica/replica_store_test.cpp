#include "client/replica/replica_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "engine/session/state.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::replica {
namespace {

using test::create_track;
using test::edit_id;
using test::move_fader;
using test::waiting;

class ReplicaStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<ReplicaStore> open() {
    auto store = open_replica_store(file);
    EXPECT_TRUE(store) << (store ? "" : store.error().message);
    return store ? *std::move(store) : nullptr;
  }
  TemporaryFolder folder;
  const std::filesystem::path file = folder / "projects/p1.sqlite";
};

TEST_F(ReplicaStoreTest, PendingEditsSurviveARestartInTheirOrder) {
  {
    const auto store = open();
    ASSERT_TRUE(store->add_pending(waiting(move_fader(9, 101, -1))));
    ASSERT_TRUE(store->add_pending(waiting(move_fader(3, 101, -2))));
    ASSERT_TRUE(store->add_pending(waiting(move_fader(5, 101, -3))));
    ASSERT_TRUE(store->remove_pending(edit_id(3)));
  }
  const auto pending = open()->pending();
  ASSERT_TRUE(pending);
  ASSERT_EQ(pending->size(), 2U);
  EXPECT_EQ((*pending)[0].edit().SerializeAsString(), move_fader(9, 101, -1).SerializeAsString());
  EXPECT_EQ((*pending)[1].edit().SerializeAsString(), move_fader(5, 101, -3).SerializeAsString());
}

TEST_F(ReplicaStoreTest, TheSameEditIsKeptOnce) {
  const auto store = open();
  ASSERT_TRUE(store->add_pending(waiting(move_fader(9, 101, -1))));
  ASSERT_TRUE(store->add_pending(waiting(move_fader(9, 101, -1))));
  EXPECT_EQ(store->pending()->size(), 1U);
}

TEST_F(ReplicaStoreTest, TheNewestStateSurvivesARestart) {
  EXPECT_FALSE(open()->state()->has_value());
  const session::Session session = session::Session::create({"Song", 44'100});
  {
    const auto store = open();
    ASSERT_TRUE(store->keep_state(session::to_state(session, 4), {}));
    ASSERT_TRUE(store->keep_state(session::to_state(session, 5), {}));
  }
  const auto state = open()->state();
  ASSERT_TRUE(state);
  ASSERT_TRUE(*state);
  EXPECT_EQ((*state)->revision(), 5U);
  EXPECT_TRUE(session::from_state(**state));
}

TEST_F(ReplicaStoreTest, AFileOfAnEarlierProgramIsReadOn) {
  std::filesystem::create_directories(file.parent_path());
  {
    SQLite::Database old(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(
        "CREATE TABLE pending (number INTEGER PRIMARY KEY, edit_id BLOB NOT NULL UNIQUE, edit BLOB NOT NULL) STRICT");
    old.exec("CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), bytes BLOB NOT NULL) STRICT");
    SQLite::Statement insert(old, "INSERT INTO pending (edit_id, edit) VALUES (?, ?)");
    const std::string id = edit_id(4);
    const std::string edit = move_fader(4, 101, -4).SerializeAsString();
    insert.bind(1, static_cast<const void*>(id.data()), static_cast<int>(id.size()));
    insert.bind(2, static_cast<const void*>(edit.data()), static_cast<int>(edit.size()));
    insert.exec();
  }
  const auto store = open();
  ASSERT_TRUE(store->add_pending(waiting(move_fader(5, 101, -5))));
  const auto pending = open()->pending();
  ASSERT_TRUE(pending);
  ASSERT_EQ(pending->size(), 2U);
  EXPECT_EQ((*pending)[0].edit().SerializeAsString(), move_fader(4, 101, -4).SerializeAsString());
  EXPECT_FALSE((*pending)[0].has_take_back());
  EXPECT_TRUE(store->known(0)->empty());
}

TEST_F(ReplicaStoreTest, TwoProcessesMayShareTheFile) {
  const auto one = open();
  const auto two = open();
  ASSERT_TRUE(one->add_pending(waiting(move_fader(1, 101, -1))));
  ASSERT_TRUE(two->add_pending(waiting(move_fader(2, 101, -2))));
  EXPECT_EQ(one->pending()->size(), 2U);
}

TEST_F(ReplicaStoreTest, AFileThatIsNoDatabaseIsCorrupt) {
  std::filesystem::create_directories(file.parent_path());
  folder.write("projects/p1.sqlite", std::string(8192, 'x'));
  const auto store = open_replica_store(file);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::corrupt);
  EXPECT_NE(store.error().message.find("damaged"), std::string::npos) << store.error().message;
}

TEST_F(ReplicaStoreTest, AFileCutOffIsAnErrorAndNoCrash) {
  {
    const auto store = open();
    for (std::uint64_t i = 0; i < 300; ++i) ASSERT_TRUE(store->add_pending(waiting(create_track(i, 200 + i, "Track"))));
  }
  std::filesystem::resize_file(file, 3 * 4096);
  const auto store = open_replica_store(file);
  const auto code = store ? (*store)->pending() : Result<std::vector<v1::PendingEdit>>(store.error());
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::corrupt) << code.error().message;
}

TEST_F(ReplicaStoreTest, AFolderThatCannotBeWrittenIsUnavailable) {
  folder.write("file", "");
  const auto store = open_replica_store(folder / "file/projects/p1.sqlite");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace talkback::replica
