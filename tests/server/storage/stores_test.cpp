// The stores over one real database: people, projects, history, renders.
#include <gtest/gtest.h>

#include <future>

#include "engine/session/state.hpp"
#include "server/domain/history.hpp"
#include "server/storage/blobs/folder_blob_store.hpp"
#include "server/storage/sqlite/edit_log.hpp"
#include "server/storage/sqlite/people_store.hpp"
#include "server/storage/sqlite/project_store.hpp"
#include "server/storage/sqlite/render_store.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/fake_outside.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::storage {
namespace {

class StoresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    anna_ = people_store_.add_user("anna", "hash", true, 1).value();
    ben_ = people_store_.add_user("ben", "hash", false, 1).value();
    project_ = projects_.create(anna_, "Song", 0).value().id;
  }
  Result<void> append(const v1::Edit& edit, std::uint64_t revision) {
    domain::EditBatch batch{.branch = project_, .edits = {}, .author_ids = {anna_.id}};
    v1::CommittedEdit& committed = batch.edits.emplace_back();
    committed.set_revision(revision);
    *committed.mutable_edit() = edit;
    std::promise<Result<void>> done;
    log_.append(batch, [&done](Result<void> result) { done.set_value(std::move(result)); });
    return done.get_future().get();
  }

  TemporaryFolder folder_;
  test::FakeClock clock_;
  test::SeededRandom random_;
  std::unique_ptr<Database> database_ = std::move(Database::open(folder_ / "test.sqlite")).value();
  SqlitePeopleStore people_store_{*database_};
  SqliteProjectStore project_store_{*database_};
  SqliteEditLog log_{*database_};
  SqliteRenderStore renders_{*database_};
  domain::People people_{people_store_, clock_, random_};
  domain::Projects projects_{project_store_, clock_, random_};
  domain::User anna_;
  domain::User ben_;
  domain::ProjectId project_;
};

TEST_F(StoresTest, PasswordOpensAndTokenExpires) {
  ASSERT_TRUE(people_.add("carl", "correct horse battery", false));
  EXPECT_EQ(people_.sign_in("carl", "wrong horse battery", "").error().code, ErrorCode::denied);
  const auto token = people_.sign_in("carl", "correct horse battery", "laptop").value();
  EXPECT_EQ(people_.caller_of(token.token).value().user.name, "carl");
  EXPECT_EQ(people_.caller_of(token.token + "0").error().code, ErrorCode::denied);
  clock_.advance(domain::kTokenLifetimeMs);
  EXPECT_EQ(people_.caller_of(token.token).error().code, ErrorCode::denied);
}

TEST_F(StoresTest, NewPasswordRevokesTheOtherTokens) {
  ASSERT_TRUE(people_.add("carl", "correct horse battery", false));
  const auto kept = people_.sign_in("carl", "correct horse battery", "").value();
  const auto lost = people_.sign_in("carl", "correct horse battery", "").value();
  const auto caller = people_.caller_of(kept.token).value();
  EXPECT_EQ(people_.change_password(caller, "wrong", "another good one").error().code, ErrorCode::denied);
  ASSERT_TRUE(people_.change_password(caller, "correct horse battery", "another good one"));
  EXPECT_TRUE(people_.caller_of(kept.token));
  EXPECT_FALSE(people_.caller_of(lost.token));
  EXPECT_TRUE(people_.sign_in("carl", "another good one", ""));
}

TEST_F(StoresTest, TokensOfOneUserAreBounded) {
  for (int i = 0; i < domain::kTokensPerUserMax + 5; ++i)
    ASSERT_TRUE(people_store_.add_token({.user = anna_.id,
                                         .token_sha256 = sha256(std::to_string(i)),
                                         .label = "",
                                         .created_unix_ms = 1,
                                         .expires_unix_ms = 1000}));
  EXPECT_FALSE(people_store_.find_token(sha256(std::string_view("0"))).value());
  EXPECT_TRUE(people_store_.find_token(sha256(std::to_string(domain::kTokensPerUserMax))).value());
}

TEST_F(StoresTest, ProjectNamesAreUniqueForTheirOwnerAndMembersSeeThem) {
  EXPECT_EQ(projects_.create(anna_, "Song", 0).error().code, ErrorCode::conflict);
  EXPECT_TRUE(projects_.create(ben_, "Song", 0));
  EXPECT_EQ(projects_.find_allowed(project_, ben_, domain::Action::see_project).error().code, ErrorCode::not_found);
  ASSERT_TRUE(projects_.set_member(project_, {.user = "ben", .role = v1::LISTENER}));
  EXPECT_TRUE(projects_.find_allowed(project_, ben_, domain::Action::see_project));
  EXPECT_EQ(projects_.find_allowed(project_, ben_, domain::Action::upload_blob).error().code, ErrorCode::denied);
  EXPECT_EQ(projects_.list(ben_).value().size(), 2U);
}

TEST_F(StoresTest, OwnerStaysOwner) {
  EXPECT_EQ(projects_.set_member(project_, {.user = "anna", .role = v1::LISTENER}).error().code, ErrorCode::conflict);
  EXPECT_EQ(projects_.set_member(project_, {.user = "ben", .role = v1::OWNER}).error().code, ErrorCode::invalid);
  EXPECT_EQ(projects_.remove_member(project_, "anna").error().code, ErrorCode::conflict);
  EXPECT_EQ(projects_.set_member(project_, {.user = "nobody", .role = v1::MENTOR}).error().code, ErrorCode::not_found);
}

TEST_F(StoresTest, HistoryRefusesAGapARepetitionAndATwin) {
  ASSERT_TRUE(append(test::create_track(1, 101, "Vocal"), 1));
  EXPECT_EQ(append(test::create_track(2, 102, "Bass"), 3).error().code, ErrorCode::conflict);
  EXPECT_EQ(append(test::create_track(2, 102, "Bass"), 1).error().code, ErrorCode::conflict);
  EXPECT_EQ(append(test::create_track(1, 101, "Vocal"), 2).error().code, ErrorCode::conflict);
  EXPECT_EQ(log_.head(project_).value(), 1U);
}

TEST_F(StoresTest, AnyRevisionCanBeReadBack) {
  ASSERT_TRUE(append(test::create_track(1, 101, "Vocal"), 1));
  ASSERT_TRUE(append(test::move_fader(2, 101, -3), 2));
  ASSERT_TRUE(append(test::delete_object(3, 101), 3));
  EXPECT_EQ(domain::load_session(log_, project_, 0).value().session.size(), 2U);
  EXPECT_EQ(domain::load_session(log_, project_, 2).value().session.find(ObjectId{101})->track().fader_db(), -3);
  EXPECT_EQ(domain::load_head(log_, project_).value().revision, 3U);
  EXPECT_EQ(domain::load_session(log_, project_, 4).error().code, ErrorCode::not_found);
  EXPECT_EQ(domain::verify_history(log_, project_).value(), 3U);
}

TEST_F(StoresTest, VerifyFindsASnapshotThatDoesNotFollow) {
  ASSERT_TRUE(append(test::create_track(1, 101, "Vocal"), 1));
  const auto other = session::Session::create({.title = "Another"});
  ASSERT_TRUE(log_.add_snapshot(project_, session::to_state(other, 1)));
  EXPECT_EQ(domain::verify_history(log_, project_).error().code, ErrorCode::corrupt);
}

TEST_F(StoresTest, FinishedRenderStaysFinishedAndItsArtifactsJoinTheProject) {
  domain::Render render{.project = project_, .requested_by = anna_.id, .status = {}};
  render.status.set_render_id("0123456789abcdef");
  render.status.set_state(v1::RenderStatus::QUEUED);
  ASSERT_TRUE(renders_.add(render));
  render.status.set_state(v1::RenderStatus::DONE);
  EXPECT_EQ(renders_.change(render).error().code, ErrorCode::conflict);
  render.status.set_state(v1::RenderStatus::RUNNING);
  ASSERT_TRUE(renders_.change(render));
  EXPECT_EQ(renders_.open().value().size(), 1U);
  render.status.set_state(v1::RenderStatus::DONE);
  const Sha256Digest digest = sha256(std::string_view("mix"));
  render.status.add_artifacts()->set_blob_sha256(to_hex(digest));
  render.status.add_warnings("quiet");
  ASSERT_TRUE(renders_.change(render));

  EXPECT_TRUE(renders_.open().value().empty());
  EXPECT_TRUE(BlobTable(*database_).holds(project_, digest).value());
  const auto listed = renders_.list(project_, 10).value();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].status.artifacts_size(), 1);
  EXPECT_EQ(listed[0].status.warnings(0), "quiet");
  render.status.set_state(v1::RenderStatus::CANCELLED);
  EXPECT_EQ(renders_.change(render).error().code, ErrorCode::conflict);
}

TEST_F(StoresTest, StaleUploadsGoAfterAWeekAndFreshOnesStay) {
  const auto blobs =
      std::move(FolderBlobStore::open(*database_, folder_ / "blobs", folder_ / "uploads", clock_, random_)).value();
  const Sha256Digest digest = sha256(std::string_view("hello"));
  const auto old = blobs->begin_upload(project_, anna_.id, digest, 5).value();
  clock_.advance(domain::kUploadLifetimeMs + 1);
  const auto fresh = blobs->begin_upload(project_, ben_.id, digest, 5).value();
  EXPECT_EQ(blobs->discard_stale_uploads().value(), 1);
  EXPECT_EQ(blobs->find_upload(project_, anna_.id, old.upload_id).error().code, ErrorCode::not_found);
  EXPECT_TRUE(blobs->find_upload(project_, ben_.id, fresh.upload_id));
}

TEST_F(StoresTest, OneWriterAnUploadAtATime) {
  const auto blobs =
      std::move(FolderBlobStore::open(*database_, folder_ / "blobs", folder_ / "uploads", clock_, random_)).value();
  const auto upload = blobs->begin_upload(project_, anna_.id, sha256(std::string_view("hello")), 5).value();
  auto writer = blobs->continue_upload(project_, anna_.id, upload.upload_id, 0);
  ASSERT_TRUE(writer);
  EXPECT_EQ(blobs->continue_upload(project_, anna_.id, upload.upload_id, 0).error().code, ErrorCode::conflict);
  EXPECT_EQ(blobs->find_upload(project_, ben_.id, upload.upload_id).error().code, ErrorCode::not_found);
}

class WholeBlobTest : public StoresTest {
 protected:
  std::unique_ptr<domain::UploadWriter> receive(std::string_view bytes) {
    return blobs_->receive_whole(project_, anna_.id, sha256(bytes), std::ssize(bytes)).value();
  }
  std::ptrdiff_t files() { return std::distance(std::filesystem::directory_iterator(folder_ / "uploads"), {}); }
  static std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

  std::unique_ptr<FolderBlobStore> blobs_ =
      std::move(FolderBlobStore::open(*database_, folder_ / "blobs", folder_ / "uploads", clock_, random_)).value();
};

TEST_F(WholeBlobTest, NothingIsSeenOfItBeforeItIsWhole) {
  auto writer = receive("hello");
  ASSERT_TRUE(writer->write(as_bytes("hell")));
  EXPECT_FALSE(blobs_->holds(project_, sha256(std::string_view("hello"))).value());
  ASSERT_TRUE(writer->write(as_bytes("o")));
  EXPECT_TRUE(writer->finish().value().complete);
  EXPECT_TRUE(blobs_->verify(sha256(std::string_view("hello"))));
  EXPECT_TRUE(blobs_->holds(project_, sha256(std::string_view("hello"))).value());
  EXPECT_EQ(files(), 0);
}

TEST_F(WholeBlobTest, APartBecomesAnUploadThatGoesOn) {
  auto writer = receive("hello");
  ASSERT_TRUE(writer->write(as_bytes("hel")));
  EXPECT_FALSE(writer->finish().value().complete);
  writer.reset();

  const auto upload = blobs_->begin_upload(project_, anna_.id, sha256(std::string_view("hello")), 5).value();
  EXPECT_EQ(upload.offset_bytes, 3);
  auto rest = blobs_->continue_upload(project_, anna_.id, upload.upload_id, 3).value();
  ASSERT_TRUE(rest->write(as_bytes("lo")));
  EXPECT_TRUE(rest->finish().value().complete);
  EXPECT_EQ(files(), 0);
}

TEST_F(WholeBlobTest, APartBesideAnUploadThatIsUnderWayIsDropped) {
  const auto upload = blobs_->begin_upload(project_, anna_.id, sha256(std::string_view("hello")), 5).value();
  auto writer = receive("hello");
  ASSERT_TRUE(writer->write(as_bytes("hel")));
  EXPECT_EQ(writer->finish().value().upload_id, upload.upload_id);
  writer.reset();
  EXPECT_EQ(files(), 0);
}

TEST_F(WholeBlobTest, WhatIsRefusedOrGivenUpLeavesNothing) {
  receive("hello").reset();
  auto other = receive("hello");
  ASSERT_TRUE(other->write(as_bytes("jello")));
  EXPECT_EQ(other->finish().error().code, ErrorCode::corrupt);
  other.reset();
  auto more = receive("hello");
  EXPECT_EQ(more->write(as_bytes("hello!")).error().code, ErrorCode::invalid);
  more.reset();
  EXPECT_EQ(files(), 0);
  EXPECT_FALSE(blobs_->holds(project_, sha256(std::string_view("hello"))).value());
}

}  // namespace
}  // namespace talkback::storage
