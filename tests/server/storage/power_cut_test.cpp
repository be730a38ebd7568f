// The edit log over a disk whose power is cut at every sync: what was acknowledged is there, nothing is there in part.
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <fstream>
#include <future>

#include "server/domain/projects.hpp"
#include "server/storage/sqlite/edit_log.hpp"
#include "server/storage/sqlite/people_store.hpp"
#include "server/storage/sqlite/project_store.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/fake_outside.hpp"
#include "tests/support/power_cut_disk.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::storage {
namespace {

constexpr const char* kFile = "talkback.sqlite";
constexpr int kBatches = 40;
constexpr int kImagesAtASync = 2;

v1::CommittedEdit edit_at(std::uint64_t revision) {
  v1::CommittedEdit committed;
  committed.set_revision(revision);
  *committed.mutable_edit() = test::create_track(revision, 1000 + revision, "Track");
  // From a few bytes to several pages.
  committed.mutable_edit()->set_summary(std::string(revision * 977 % 9000, 'x'));
  committed.set_author("anna");
  return committed;
}

// A disk as it was found after a power cut, and what the server had promised by then.
struct Found {
  support::PowerCutDisk::Image files;
  bool has_project = false;
  std::uint64_t acknowledged = 0;
};

class PowerCutTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  // Writes a history, the power being cut at each sync on the way; the server sees nothing of it.
  void write_history(std::uint64_t seed) {
    chance_.seed(seed);
    auto database = std::move(Database::open(live_ / kFile)).value();
    user_ = SqlitePeopleStore(*database).add_user("anna", "hash", true, 1).value();
    SqliteProjectStore store(*database);
    project_ = domain::Projects(store, clock_, random_).create(user_, "Song", 0).value().id;
    is_founded_ = true;
    ASSERT_TRUE(database->write([&](Connection& connection) -> Result<void> {
      // Checkpoints come often, so that the file itself is cut in the middle as well.
      connection.database().exec("PRAGMA wal_autocheckpoint = 16");
      return {};
    }));
    SqliteEditLog log(*database);
    std::uint64_t revision = 0;
    std::deque<std::promise<void>> answers;
    for (int i = 0; i < kBatches; ++i) {
      domain::EditBatch batch{.branch = project_, .edits = {}, .author_ids = {}};
      for (std::uint64_t count = 1 + chance_() % 4; count > 0; --count) {
        batch.edits.push_back(edit_at(++revision));
        batch.author_ids.push_back(user_.id);
      }
      answers.emplace_back();
      log.append(std::move(batch), [this, revision, &answered = answers.back()](const Result<void>& result) {
        EXPECT_TRUE(result);
        acknowledged_ = revision;
        answered.set_value();
      });
      // Sometimes the next batch comes into the same transaction.
      if (chance_() % 3 != 0) answers.back().get_future().wait();
    }
    database->close();
  }

  void cut_power() {
    for (int i = 0; i < kImagesAtASync; ++i)
      found_.push_back({.files = disk_.image(cuts_), .has_project = is_founded_, .acknowledged = acknowledged_});
  }

  // Empty where all is well.
  std::string look_at(const Found& found) {
    const TemporaryFolder folder;
    for (const auto& [name, content] : found.files) std::ofstream(folder / name, std::ios::binary) << content;
    auto database = Database::open(folder / kFile);
    if (!database) return "it does not open: " + database.error().message;
    std::string integrity;
    EXPECT_TRUE((*database)->write([&](Connection& connection) -> Result<void> {
      integrity = connection.database().execAndGet("PRAGMA integrity_check").getString();
      return {};
    }));
    if (integrity != "ok") return integrity;
    SqliteEditLog log(**database);
    const auto known = log.head(project_);
    if (!known) return found.has_project ? "the project is lost" : "";
    const std::uint64_t head = *known;
    if (head < found.acknowledged)
      return "revision " + std::to_string(found.acknowledged) + " was acknowledged; there are " + std::to_string(head);
    for (std::uint64_t at = 0; at < head;) {
      const v1::CommittedBatch batch = log.read(project_, at, 1000, 1'000'000).value();
      if (batch.edits().empty()) return "the history has a gap";
      for (const v1::CommittedEdit& committed : batch.edits())
        if (committed.SerializeAsString() != edit_at(++at).SerializeAsString()) return "an edit is another";
    }
    return {};
  }

  TemporaryFolder live_;
  test::FakeClock clock_;
  test::SeededRandom random_;
  domain::User user_;
  domain::ProjectId project_;
  std::mt19937_64 chance_;
  std::mt19937_64 cuts_{GetParam()};
  std::atomic<bool> is_founded_{false};
  std::atomic<std::uint64_t> acknowledged_{0};
  std::vector<Found> found_;
  support::PowerCutDisk disk_{live_.path(), [this] { cut_power(); }};
};

TEST_P(PowerCutTest, WhatWasAcknowledgedIsThereAfterEveryCut) {
  write_history(GetParam());
  ASSERT_GT(found_.size(), 100U) << "the server must sync";
  RecordProperty("cuts", static_cast<int>(found_.size()));
  for (const Found& found : found_) ASSERT_EQ(look_at(found), "");
}

INSTANTIATE_TEST_SUITE_P(Seeds, PowerCutTest, ::testing::Range<std::uint64_t>(1, 7));

using LyingDiskTest = PowerCutTest;

TEST_P(LyingDiskTest, IsCaught) {
  disk_.ignore_syncs();
  write_history(GetParam());
  const auto is_damaged = [&](const Found& found) { return !look_at(found).empty(); };
  EXPECT_TRUE(std::ranges::any_of(found_, is_damaged)) << "these tests would notice nothing";
}

INSTANTIATE_TEST_SUITE_P(Seeds, LyingDiskTest, ::testing::Values(1));

}  // namespace
}  // namespace talkback::storage
