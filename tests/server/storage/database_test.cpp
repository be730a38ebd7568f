#include "server/storage/sqlite/database.hpp"

#include <gtest/gtest.h>

#include <latch>

#include "server/storage/sqlite/migrations.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::storage {
namespace {

Result<void> insert(Connection& connection, int value) {
  SQLite::Statement& statement = connection.prepared("INSERT INTO numbers (value) VALUES (?)");
  statement.bind(1, value);
  statement.exec();
  return {};
}

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    open();
    ASSERT_TRUE(database_->write([](Connection& connection) -> Result<void> {
      connection.database().exec("CREATE TABLE numbers (value INTEGER PRIMARY KEY) STRICT");
      return {};
    }));
  }
  void open() { database_ = std::move(Database::open(folder_ / "test.sqlite")).value(); }
  int count() {
    return database_
        ->read([](Connection& connection) -> Result<int> {
          SQLite::Statement& row = connection.prepared("SELECT count(value) FROM numbers");
          row.executeStep();
          return row.getColumn(0).getInt();
        })
        .value();
  }

  TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseTest, WritesAreSeenByReadersAndAfterReopening) {
  EXPECT_TRUE(database_->write([](Connection& connection) { return insert(connection, 1); }));
  EXPECT_EQ(count(), 1);
  database_.reset();
  open();
  EXPECT_EQ(count(), 1);
}

TEST_F(DatabaseTest, FailingWorkLeavesTheOthersOfItsGroupStanding) {
  std::latch done(20);
  std::atomic<int> failed{0};
  for (int i = 0; i < 20; ++i)
    database_->write_later(
        [i](Connection& connection) -> Result<void> {
          TALKBACK_TRY(insert(connection, i));
          if (i % 2 == 1) return insert(connection, i - 1);  // is there already
          return {};
        },
        [&](const Result<void>& result) {
          if (!result) ++failed;
          done.count_down();
        });
  done.wait();
  EXPECT_EQ(failed, 10);
  EXPECT_EQ(count(), 10);
  EXPECT_TRUE(database_->is_writable());
}

TEST_F(DatabaseTest, FailedCommitIsNotRetriedAndNothingIsWrittenAfterwards) {
  database_->fail_next_commit();
  EXPECT_FALSE(database_->write([](Connection& connection) { return insert(connection, 1); }));
  EXPECT_FALSE(database_->is_writable());
  const auto later = database_->write([](Connection& connection) { return insert(connection, 2); });
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, ErrorCode::unavailable);
  EXPECT_EQ(count(), 0);
}

TEST_F(DatabaseTest, MigratingTwiceChangesNothing) {
  SQLite::Database raw((folder_ / "fresh.sqlite").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  EXPECT_EQ(migrate(raw, migrations()).value(), static_cast<int>(migrations().size()));
  EXPECT_EQ(migrate(raw, migrations()).value(), 0);
}

TEST_F(DatabaseTest, MigrationNumbersHaveNoGap) {
  int expected = 0;
  for (const Migration& step : migrations()) EXPECT_EQ(step.number, ++expected) << step.name;
  EXPECT_GE(expected, 4);
}

TEST_F(DatabaseTest, FailingMigrationLeavesTheSchemaBefore) {
  SQLite::Database raw((folder_ / "fresh.sqlite").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  const std::vector<Migration> steps{{1, "one", "CREATE TABLE one (a INTEGER) STRICT"},
                                     {2, "two", "CREATE TABLE two (a INTEGER) STRICT; CREATE TABLE one (a)"}};
  EXPECT_THROW((void)migrate(raw, steps), SQLite::Exception);
  EXPECT_TRUE(raw.tableExists("one"));
  EXPECT_FALSE(raw.tableExists("two"));
}

TEST_F(DatabaseTest, DatabaseOfANewerProgramIsRefused) {
  SQLite::Database raw((folder_ / "fresh.sqlite").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  ASSERT_TRUE(migrate(raw, migrations()));
  const auto refused = migrate(raw, {migrations().front()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace talkback::storage
