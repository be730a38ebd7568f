// Blobs that nothing refers to: what goes, when, and what comes back while it is going.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <thread>

#include "server/domain/people.hpp"
#include "tests/support/fake_outside.hpp"
#include "tests/support/open_stores.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::storage {
namespace {

constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;
constexpr std::int64_t kGraceMs = 7 * kDayMs;

class CollectBlobsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    anna_ = stores_->people.add_user("anna", "hash", true, 1).value();
    kept_ = projects_.create(anna_, "Kept", 0).value().id;
    gone_ = projects_.create(anna_, "Gone", 0).value().id;
  }

  Sha256Digest put(const domain::ProjectId& project, std::string_view bytes) {
    const Sha256Digest name = sha256(bytes);
    auto writer = stores_->blobs->receive_whole(project, anna_.id, name, std::ssize(bytes)).value();
    EXPECT_TRUE(writer->write(std::as_bytes(std::span(bytes))));
    EXPECT_TRUE(writer->finish().value().complete);
    return name;
  }
  // Four bytes of eight, whose line then broke; the upload's id.
  std::string put_part(const domain::ProjectId& project, char byte) {
    const std::string bytes(8, byte);
    const auto begun = stores_->blobs->begin_upload(project, anna_.id, sha256(std::string_view(bytes)), 8).value();
    auto writer = stores_->blobs->continue_upload(project, anna_.id, begun.upload_id, 0).value();
    EXPECT_TRUE(writer->write(std::as_bytes(std::span(bytes)).first(4)));
    EXPECT_EQ(writer->finish().value().offset_bytes, 4);
    return begun.upload_id;
  }
  std::ptrdiff_t upload_files() { return std::distance(std::filesystem::directory_iterator(folder_ / "uploads"), {}); }
  void remove_for_good(const domain::ProjectId& project) {
    ASSERT_TRUE(projects_.trash(project));
    clock_.advance(domain::kTrashLifetimeMs + 1);
    ASSERT_EQ(projects_.empty_trash().value(), 1);
  }
  FolderBlobStore::Collected collect() { return stores_->blobs->collect({.grace_ms = kGraceMs}).value(); }
  FolderBlobStore::Collected try_collect() {
    return stores_->blobs->collect({.grace_ms = kGraceMs, .is_trial = true}).value();
  }
  std::filesystem::path file_of(const Sha256Digest& name) {
    return folder_ / "blobs" / to_hex(name).substr(0, 2) / to_hex(name);
  }
  bool is_known(const Sha256Digest& name) { return !UnreferencedBlobs(*stores_->database).is_unknown(name).value(); }

  TemporaryFolder folder_;
  test::FakeClock clock_;
  test::SeededRandom random_;
  std::unique_ptr<Stores> stores_ = test::open_stores(folder_.path(), clock_, random_);
  domain::Projects projects_{stores_->projects, clock_, random_};
  domain::User anna_;
  domain::ProjectId kept_;
  domain::ProjectId gone_;
};

TEST_F(CollectBlobsTest, AProjectThatIsGoneTakesItsSoundsAlongAfterTheGrace) {
  const Sha256Digest own = put(gone_, "its own");
  const Sha256Digest shared = put(gone_, "shared");
  put(kept_, "shared");
  const Sha256Digest other = put(kept_, "of another");
  remove_for_good(gone_);

  EXPECT_TRUE(collect().gone.empty()) << "the grace begins when it is seen";
  clock_.advance(kGraceMs - 1);
  EXPECT_TRUE(collect().gone.empty());
  clock_.advance(1);
  const auto collected = collect();

  ASSERT_EQ(collected.gone.size(), 1U);
  EXPECT_EQ(collected.gone[0].sha256, own);
  EXPECT_EQ(collected.gone[0].size_bytes, 7);
  EXPECT_FALSE(std::filesystem::exists(file_of(own)));
  EXPECT_FALSE(is_known(own));
  EXPECT_TRUE(stores_->blobs->verify(shared));
  EXPECT_TRUE(stores_->blobs->verify(other));
}

TEST_F(CollectBlobsTest, TheTrashKeepsItsSounds) {
  const Sha256Digest name = put(gone_, "in the trash");
  ASSERT_TRUE(projects_.trash(gone_));
  for (int day = 0; day < 29; ++day) {
    clock_.advance(kDayMs);
    EXPECT_TRUE(collect().gone.empty());
  }
  ASSERT_TRUE(projects_.restore(gone_));
  clock_.advance(100 * kDayMs);
  EXPECT_TRUE(collect().gone.empty());
  EXPECT_TRUE(stores_->blobs->verify(name));
}

TEST_F(CollectBlobsTest, ATrialChangesNothing) {
  const Sha256Digest name = put(gone_, "its own");
  remove_for_good(gone_);
  ASSERT_EQ(try_collect().waiting.size(), 1U);
  clock_.advance(kGraceMs);
  EXPECT_EQ(try_collect().waiting.size(), 1U) << "nobody had noted it";
  (void)collect();
  clock_.advance(kGraceMs);
  const auto would = try_collect();
  ASSERT_EQ(would.gone.size(), 1U);
  EXPECT_EQ(would.gone[0].sha256, name);
  EXPECT_TRUE(stores_->blobs->verify(name));
  EXPECT_EQ(collect().gone.size(), 1U);
}

TEST_F(CollectBlobsTest, WhatComesAgainInTimeStaysAndGetsANewGrace) {
  const Sha256Digest name = put(gone_, "comes again");
  remove_for_good(gone_);
  (void)collect();
  clock_.advance(kGraceMs);
  put(kept_, "comes again");
  EXPECT_TRUE(collect().gone.empty());
  EXPECT_TRUE(stores_->blobs->verify(name));

  clock_.advance(100 * kDayMs);
  remove_for_good(kept_);
  EXPECT_TRUE(collect().gone.empty()) << "as if it had never been without a project";
  clock_.advance(kGraceMs);
  EXPECT_EQ(collect().gone.size(), 1U);
}

// The bytes are on their way while the blob that they would join goes.
TEST_F(CollectBlobsTest, AnUploadThatIsUnderWayBringsItsBytesItself) {
  const std::string_view bytes = "on its way";
  const Sha256Digest name = put(gone_, bytes);
  remove_for_good(gone_);
  (void)collect();
  clock_.advance(kGraceMs);
  auto writer = stores_->blobs->receive_whole(kept_, anna_.id, name, std::ssize(bytes)).value();
  ASSERT_TRUE(writer->write(std::as_bytes(std::span(bytes))));

  EXPECT_EQ(collect().gone.size(), 1U);
  EXPECT_TRUE(writer->finish().value().complete);

  EXPECT_TRUE(stores_->blobs->holds(kept_, name).value());
  EXPECT_TRUE(stores_->blobs->verify(name));
}

// A render's file is named first, and gets its row when the render is told as done.
TEST_F(CollectBlobsTest, ARenderThatIsBeingToldKeepsItsArtifact) {
  const Sha256Digest name = put(gone_, "the mix");
  remove_for_good(gone_);
  (void)collect();
  clock_.advance(kGraceMs);
  std::ofstream(folder_ / "mix.wav") << "the mix";
  ASSERT_EQ(stores_->blobs->adopt(folder_ / "mix.wav").value(), name);

  EXPECT_TRUE(collect().gone.empty());

  domain::Render render{.project = kept_, .requested_by = anna_.id, .status = {}};
  render.status.set_render_id("0123456789abcdef");
  render.status.set_state(v1::RenderStatus::RUNNING);
  ASSERT_TRUE(stores_->renders.add(render));
  render.status.set_state(v1::RenderStatus::DONE);
  render.status.add_artifacts()->set_blob_sha256(to_hex(name));
  ASSERT_TRUE(stores_->renders.change(render));
  clock_.advance(100 * kDayMs);
  EXPECT_TRUE(collect().gone.empty());
  EXPECT_TRUE(stores_->blobs->verify(name));
}

// What a crash leaves between the row's end and the file's, or between a file's name and its row.
TEST_F(CollectBlobsTest, FilesWithoutARowGoAsWell) {
  const Sha256Digest name = sha256(std::string_view("a stray"));
  std::ofstream(folder_ / "stray") << "a stray";
  ASSERT_EQ(stores_->blobs->adopt(folder_ / "stray").value(), name);
  std::ofstream(file_of(name).string() + ".part77") << "half a st";
  EXPECT_TRUE(collect().gone.empty());
  const auto now = std::filesystem::last_write_time(file_of(name));
  std::filesystem::last_write_time(file_of(name).string() + ".part77", now);

  clock_.advance(kGraceMs);
  EXPECT_EQ(collect().gone.size(), 2U);

  EXPECT_FALSE(std::filesystem::exists(file_of(name)));
  EXPECT_TRUE(std::filesystem::is_empty(file_of(name).parent_path()));
}

// Their rows go with the project; the files are found by having none.
TEST_F(CollectBlobsTest, UnfinishedUploadsOfAProjectThatIsGoneLeaveNoFile) {
  (void)put_part(gone_, 'x');
  remove_for_good(gone_);
  const auto kept = put_part(kept_, 'y');
  ASSERT_EQ(upload_files(), 2);

  EXPECT_EQ(stores_->blobs->discard_stale_uploads().value(), 1);

  EXPECT_EQ(upload_files(), 1);
  EXPECT_EQ(stores_->blobs->find_upload(kept_, anna_.id, kept).value().offset_bytes, 4);
  EXPECT_TRUE(stores_->blobs->continue_upload(kept_, anna_.id, kept, 4));
  EXPECT_EQ(stores_->blobs->discard_stale_uploads().value(), 0) << "they are counted once";
}

TEST_F(CollectBlobsTest, AnUploadThatIsBeingWrittenKeepsItsFileUntilItsWriterEnds) {
  const std::string_view bytes = "without a row";
  auto whole = stores_->blobs->receive_whole(kept_, anna_.id, sha256(bytes), std::ssize(bytes)).value();
  ASSERT_TRUE(whole->write(std::as_bytes(std::span(bytes))));
  const auto gone = put_part(gone_, 'x');
  auto writer = stores_->blobs->continue_upload(gone_, anna_.id, gone, 4).value();
  remove_for_good(gone_);

  EXPECT_EQ(stores_->blobs->discard_stale_uploads().value(), 0);
  EXPECT_TRUE(whole->finish().value().complete);
  EXPECT_TRUE(stores_->blobs->verify(sha256(bytes)));
  ASSERT_TRUE(writer->write(std::as_bytes(std::span("more", 4))));
  writer.reset();

  EXPECT_EQ(stores_->blobs->discard_stale_uploads().value(), 1);
  EXPECT_EQ(upload_files(), 0);
}

// A crash between the rows' end and the files'.
TEST_F(CollectBlobsTest, TheNextStartFindsThemAsWell) {
  (void)put_part(gone_, 'x');
  remove_for_good(gone_);
  ASSERT_EQ(upload_files(), 1);
  stores_.reset();
  stores_ = test::open_stores(folder_.path(), clock_, random_);
  EXPECT_EQ(upload_files(), 0);
}

// Each round a project brings the same bytes and goes again, while two others do nothing but collect, without any
// grace.
TEST_F(CollectBlobsTest, WhateverTheThreadsDoAnUploadThatWasToldIsThere) {
  std::atomic<int> removed = 0;
  std::vector<std::jthread> collectors;
  for (int i = 0; i < 2; ++i)
    collectors.emplace_back([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) removed += static_cast<int>(stores_->blobs->collect({}).value().gone.size());
    });
  int rounds = 0;
  for (; rounds < 100 || (removed < 20 && rounds < 20'000); ++rounds) {
    const std::string name = "Round " + std::to_string(rounds);
    const domain::ProjectId project = projects_.create(anna_, name, 0).value().id;
    const Sha256Digest blob = put(project, rounds % 2 == 0 ? "even" : "odd");
    ASSERT_TRUE(stores_->blobs->verify(blob)) << "in round " << rounds;
    ASSERT_TRUE(stores_->blobs->read(project, blob)) << "in round " << rounds;
    ASSERT_TRUE(stores_->projects.remove(project));
  }
  EXPECT_GE(removed, 20) << "in " << rounds << " rounds: hardly a race";
}

}  // namespace
}  // namespace talkback::storage
