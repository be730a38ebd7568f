// Branches, versions and suggestions over one real database, and what a migration makes of an older one.
#include <gtest/gtest.h>

#include <future>

#include "engine/session/canonical.hpp"
#include "engine/session/state.hpp"
#include "server/domain/history.hpp"
#include "server/domain/named_moments.hpp"
#include "server/domain/suggestions.hpp"
#include "server/storage/blobs/folder_blob_store.hpp"
#include "server/storage/sqlite/branch_store.hpp"
#include "server/storage/sqlite/edit_log.hpp"
#include "server/storage/sqlite/migrations.hpp"
#include "server/storage/sqlite/people_store.hpp"
#include "server/storage/sqlite/project_store.hpp"
#include "server/storage/sqlite/suggestion_store.hpp"
#include "server/storage/sqlite/version_store.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/fake_outside.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::storage {
namespace {

using domain::Moment;

class HistoryStoresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    anna_ = people_store_.add_user("anna", "hash", true, 1).value();
    ben_ = people_store_.add_user("ben", "hash", false, 1).value();
    project_ = projects_.create(anna_, "Song", 0).value().id;
  }
  Result<void> append(const domain::BranchId& branch, std::uint64_t revision, const v1::Edit& edit) {
    domain::EditBatch batch{.branch = branch, .edits = {}, .author_ids = {anna_.id}};
    v1::CommittedEdit& committed = batch.edits.emplace_back();
    committed.set_revision(revision);
    *committed.mutable_edit() = edit;
    std::promise<Result<void>> done;
    log_.append(batch, [&done](Result<void> result) { done.set_value(std::move(result)); });
    return done.get_future().get();
  }
  // A track and two fader moves on the main branch.
  void work_on_main() {
    ASSERT_TRUE(append(project_, 1, test::create_track(1, 101, "Vocal")));
    ASSERT_TRUE(append(project_, 2, test::move_fader(2, 101, -3)));
    ASSERT_TRUE(append(project_, 3, test::move_fader(3, 101, -6)));
  }
  double fader(const domain::BranchId& branch, std::uint64_t revision) {
    const auto at = domain::load_session(log_, branch, revision);
    EXPECT_TRUE(at) << at.error().message;
    return at ? at->session.find(ObjectId{101})->track().fader_db() : 0.0;
  }

  TemporaryFolder folder_;
  test::FakeClock clock_;
  test::SeededRandom random_;
  std::unique_ptr<Database> database_ = std::move(Database::open(folder_ / "test.sqlite")).value();
  SqlitePeopleStore people_store_{*database_};
  SqliteProjectStore project_store_{*database_};
  SqliteBranchStore branch_store_{*database_};
  SqliteSuggestionStore suggestion_store_{*database_};
  SqliteVersionStore version_store_{*database_};
  SqliteEditLog log_{*database_};
  domain::Projects projects_{project_store_, clock_, random_};
  domain::Branches branches_{branch_store_, clock_, random_};
  domain::Suggestions suggestions_{suggestion_store_, branches_, clock_};
  domain::User anna_;
  domain::User ben_;
  domain::ProjectId project_;
};

TEST_F(HistoryStoresTest, ABranchHoldsItsBaseAndGoesOnFromThere) {
  work_on_main();
  const auto branch = branches_.create(project_, anna_, "dark chorus", {project_, 2});
  ASSERT_TRUE(branch) << branch.error().message;
  EXPECT_EQ(log_.head(branch->id).value(), 2U);
  EXPECT_EQ(fader(branch->id, 2), -3);
  ASSERT_TRUE(append(branch->id, 3, test::move_fader(4, 101, -20)));
  EXPECT_EQ(append(branch->id, 3, test::move_fader(5, 101, -21)).error().code, ErrorCode::conflict);
  EXPECT_EQ(fader(branch->id, 3), -20);
  EXPECT_EQ(fader(branch->id, 1), 0);
  EXPECT_EQ(fader(project_, 3), -6) << "the main branch goes its own way";
  EXPECT_EQ(domain::load_session(log_, branch->id, 4).error().code, ErrorCode::not_found);

  // The history is one, read over the seam.
  std::vector<std::uint64_t> revisions;
  for (std::uint64_t at = 0; at < 3;) {
    const auto batch = log_.read(branch->id, at, 10, 1 << 20).value();
    ASSERT_FALSE(batch.edits().empty());
    for (const v1::CommittedEdit& edit : batch.edits()) revisions.push_back(edit.revision());
    at = revisions.back();
  }
  EXPECT_EQ(revisions, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(domain::verify_history(log_, branch->id, 2).value(), 3U);
}

TEST_F(HistoryStoresTest, ABranchOfABranchBeginsWhereItsRevisionWasMade) {
  work_on_main();
  const auto first = branches_.create(project_, anna_, "first", {project_, 2}).value();
  ASSERT_TRUE(append(first.id, 3, test::move_fader(4, 101, -20)));
  const auto late = branches_.create(project_, anna_, "late", {first.id, 3}).value();
  EXPECT_EQ(late.base->branch, first.id);
  EXPECT_EQ(fader(late.id, 3), -20);
  const auto early = branches_.create(project_, anna_, "early", {first.id, 1}).value();
  EXPECT_EQ(early.base->branch, project_) << "revision 1 belongs to the main branch";
  EXPECT_EQ(fader(early.id, 1), 0);
}

TEST_F(HistoryStoresTest, NamesAreUniqueAndMeanOneThing) {
  work_on_main();
  ASSERT_TRUE(branches_.create(project_, anna_, "dark", {}));
  EXPECT_EQ(branches_.create(project_, anna_, "dark", {}).error().code, ErrorCode::conflict);
  EXPECT_EQ(branches_.create(project_, anna_, "main", {}).error().code, ErrorCode::conflict);
  for (const char* name : {"", "57", "head", "a:b", "a@b", " dark", "suggestion-7", "tab\t", "\xff"})
    EXPECT_EQ(branches_.create(project_, anna_, name, {}).error().code, ErrorCode::invalid) << name;
  EXPECT_EQ(branches_.create(project_, anna_, "late", {project_, 9}).error().code, ErrorCode::not_found);
  const auto other = projects_.create(anna_, "Other", 0).value().id;
  EXPECT_EQ(branches_.create(other, anna_, "x", {project_, 1}).error().code, ErrorCode::not_found)
      << "a moment of another project";
  domain::Version version{.id = "0123456789abcdef",
                          .project = project_,
                          .name = "dark",
                          .note = {},
                          .moment = {project_, 1},
                          .author = {},
                          .created_unix_ms = 1,
                          .render_id = {},
                          .awaited = {}};
  EXPECT_EQ(version_store_.add(version, anna_.id).error().code, ErrorCode::conflict);
  version.name = "Rough";
  ASSERT_TRUE(version_store_.add(version, anna_.id));
  EXPECT_EQ(branches_.create(project_, anna_, "Rough", {}).error().code, ErrorCode::conflict);
}

TEST_F(HistoryStoresTest, AVersionIsSeenByAllOnceItsRecordingsAreThere) {
  const auto blobs =
      std::move(FolderBlobStore::open(*database_, folder_ / "blobs", folder_ / "uploads", clock_, random_)).value();
  const Sha256Digest digest = sha256(std::string_view("hello"));
  domain::Version version{.id = "0123456789abcdef",
                          .project = project_,
                          .name = "Rough",
                          .note = "n",
                          .moment = {project_, 0},
                          .author = {},
                          .created_unix_ms = 1,
                          .render_id = {},
                          .awaited = {digest}};
  ASSERT_TRUE(version_store_.add(version, anna_.id));
  EXPECT_TRUE(version_store_.list(project_, ben_.id)->empty());
  ASSERT_EQ(version_store_.list(project_, anna_.id)->size(), 1U);
  EXPECT_EQ(version_store_.list(project_, anna_.id)->front().awaited, std::vector<Sha256Digest>{digest});

  const auto upload = blobs->begin_upload(project_, anna_.id, digest, 5).value();
  auto writer = blobs->continue_upload(project_, anna_.id, upload.upload_id, 0).value().release();
  const std::string bytes = "hello";
  ASSERT_TRUE(writer->write(std::as_bytes(std::span(bytes))));
  ASSERT_TRUE(writer->finish());
  delete writer;
  ASSERT_EQ(version_store_.list(project_, ben_.id)->size(), 1U);
  EXPECT_TRUE(version_store_.list(project_, ben_.id)->front().awaited.empty());
  const auto completed = version_store_.take_completed(project_);
  ASSERT_TRUE(completed) << completed.error().message;
  ASSERT_EQ(completed->size(), 1U);
  EXPECT_TRUE(version_store_.take_completed(project_)->empty()) << "told once";
  EXPECT_EQ(version_store_.list(project_, ben_.id)->size(), version_store_.list(project_, anna_.id)->size());
}

TEST_F(HistoryStoresTest, AnEditAndTheAnswerToItsSuggestionAreStoredTogetherOrNot) {
  work_on_main();
  const auto suggestion = suggestions_.create(project_, ben_, "Softer", "", {}).value();
  const auto batch_at = [&](std::uint64_t revision, bool closes) {
    domain::EditBatch batch{.branch = project_, .edits = {}, .author_ids = {anna_.id}};
    v1::CommittedEdit& committed = batch.edits.emplace_back();
    committed.set_revision(revision);
    *committed.mutable_edit() = test::move_fader(revision, 101, -9);
    batch.taken.push_back({.suggestion = suggestion.branch.id,
                           .user = anna_.id,
                           .unix_ms = 7,
                           .closes = closes,
                           .answer = "thanks",
                           .items = {closes ? "b" : "a"}});
    std::promise<Result<void>> done;
    log_.append(batch, [&done](Result<void> result) { done.set_value(std::move(result)); });
    return done.get_future().get();
  };
  EXPECT_FALSE(batch_at(9, true)) << "a gap";
  EXPECT_EQ(suggestions_.find(project_, 1)->state, v1::Suggestion::OPEN);
  EXPECT_TRUE(suggestions_.find(project_, 1)->taken_items.empty());
  ASSERT_TRUE(batch_at(4, false));
  EXPECT_EQ(suggestions_.find(project_, 1)->state, v1::Suggestion::OPEN) << "the rest stays open";
  EXPECT_EQ(suggestions_.find(project_, 1)->taken_items, std::vector<std::string>{"a"});
  ASSERT_TRUE(batch_at(5, true));
  const auto answered = suggestions_.find_by_branch(project_, suggestion.branch.id).value();
  EXPECT_EQ(answered.state, v1::Suggestion::ACCEPTED);
  EXPECT_EQ(answered.answered_by, "anna");
  EXPECT_EQ(answered.answer, "thanks");
  EXPECT_EQ(answered.taken_items, (std::vector<std::string>{"a", "b"}));
  // Somebody took a part, or withdrew it, before they saw that.
  ASSERT_TRUE(batch_at(6, false));
  EXPECT_EQ(suggestions_.find(project_, 1)->state, v1::Suggestion::ACCEPTED);
  const auto late =
      suggestions_.answer(project_, ben_, v1::MENTOR, 1,
                          {.state = v1::Suggestion::REJECTED, .answer = "no", .taken_items = {}, .rejected_items = {}});
  EXPECT_EQ(late->state, v1::Suggestion::ACCEPTED) << "it is in the song";
  EXPECT_EQ(late->answer, "thanks");
}

TEST_F(HistoryStoresTest, MergesAndRestoresNameWhatIsThere) {
  work_on_main();
  const auto branch = branches_.create(project_, anna_, "dark", {project_, 2}).value();
  const auto suggestion = suggestions_.create(project_, ben_, "Softer", "", {}).value();
  const auto elsewhere = projects_.create(anna_, "Another", 0).value().id;
  const auto foreign = branches_.create(elsewhere, anna_, "dark", {}).value();
  const auto fault = [&](const domain::BranchId& into, const domain::BranchId& from, std::uint64_t revision,
                         bool answers = false) {
    v1::Edit edit;
    edit.mutable_merges()->mutable_from()->set_branch_id(from);
    edit.mutable_merges()->mutable_from()->set_revision(revision);
    if (answers) edit.mutable_merges()->mutable_suggestion()->set_closes(true);
    EXPECT_TRUE(domain::names_other_moments(edit));
    const auto checked = domain::check_named_moments(branches_, project_, into, edit);
    return checked ? std::string() : checked.error().message;
  };
  EXPECT_EQ(fault(project_, branch.id, 2), "");
  EXPECT_EQ(fault(branch.id, project_, 3), "");
  EXPECT_EQ(fault(project_, suggestion.branch.id, 3, true), "");
  EXPECT_NE(fault(project_, branch.id, 3).find("whose head is 2"), std::string::npos);
  EXPECT_NE(fault(project_, foreign.id, 0).find("no branch of this project"), std::string::npos);
  EXPECT_NE(fault(project_, "0123456789abcdef", 0).find("no branch of this project"), std::string::npos);
  EXPECT_NE(fault(project_, "", 0).find("no branch of this project"), std::string::npos);
  EXPECT_NE(fault(branch.id, branch.id, 2).find("into itself"), std::string::npos);
  EXPECT_NE(fault(project_, branch.id, 2, true).find("no suggestion"), std::string::npos);
  EXPECT_NE(fault(branch.id, suggestion.branch.id, 3, true).find("for another branch"), std::string::npos);
  v1::Edit restore;
  restore.mutable_restores()->set_branch_id(project_);
  restore.mutable_restores()->set_revision(4);
  EXPECT_EQ(domain::check_named_moments(branches_, project_, project_, restore).error().code, ErrorCode::not_found);
  restore.mutable_restores()->set_revision(3);
  EXPECT_TRUE(domain::check_named_moments(branches_, project_, project_, restore));
  EXPECT_FALSE(domain::names_other_moments(test::move_fader(1, 101, 0)));
}

TEST_F(HistoryStoresTest, SuggestionsAreNumberedAndAnswered) {
  work_on_main();
  const auto first = suggestions_.create(project_, ben_, "Softer", "why not", {}).value();
  const auto second = suggestions_.create(project_, ben_, "Louder", "", {}).value();
  EXPECT_EQ(first.number, 1U);
  EXPECT_EQ(second.branch.name, "suggestion-2");
  EXPECT_EQ(second.branch.base->revision, 3U);

  domain::Answer answer{
      .state = v1::Suggestion::OPEN, .answer = "partly", .taken_items = {"a"}, .rejected_items = {"b"}};
  EXPECT_EQ(suggestions_.answer(project_, ben_, v1::MENTOR, 1, answer).error().code, ErrorCode::denied);
  ASSERT_TRUE(suggestions_.answer(project_, anna_, v1::OWNER, 1, answer));
  const auto partly = suggestions_.find(project_, 1).value();
  EXPECT_EQ(partly.taken_items, std::vector<std::string>{"a"});
  EXPECT_EQ(partly.rejected_items, std::vector<std::string>{"b"});
  EXPECT_EQ(partly.answered_by, "anna");
  // Its author may withdraw it.
  ASSERT_TRUE(
      suggestions_.answer(project_, ben_, v1::MENTOR, 2,
                          {.state = v1::Suggestion::REJECTED, .answer = {}, .taken_items = {}, .rejected_items = {}}));
  EXPECT_EQ(suggestions_.find(project_, 2)->state, v1::Suggestion::REJECTED);
  EXPECT_EQ(suggestions_.find(project_, 3).error().code, ErrorCode::not_found);
}

TEST_F(HistoryStoresTest, TheTrashKeepsAProjectForItsTimeAndThenLetsAllOfItGo) {
  work_on_main();
  ASSERT_TRUE(branches_.create(project_, anna_, "dark", {project_, 2}));
  ASSERT_TRUE(suggestions_.create(project_, anna_, "Softer", "", {}));
  const auto other = projects_.create(anna_, "Other", 0).value().id;
  ASSERT_TRUE(projects_.trash(project_));
  EXPECT_EQ(projects_.find_allowed(project_, anna_, domain::Action::read_session).error().code, ErrorCode::not_found);
  EXPECT_TRUE(projects_.find_allowed(project_, anna_, domain::Action::restore_project));
  clock_.advance(domain::kTrashLifetimeMs - 1);
  EXPECT_EQ(projects_.empty_trash().value(), 0);
  ASSERT_TRUE(projects_.restore(project_));
  EXPECT_TRUE(projects_.find_allowed(project_, anna_, domain::Action::read_session));

  ASSERT_TRUE(projects_.trash(project_));
  clock_.advance(domain::kTrashLifetimeMs + 1);
  EXPECT_EQ(projects_.empty_trash().value(), 1);
  EXPECT_EQ(project_store_.list_all().value(), std::vector<domain::ProjectId>{other});
  EXPECT_TRUE(branch_store_.list(project_)->empty());
}

// The schema as it was before there were branches, with a project in it.
TEST(MigrationTest, AnOlderProjectBecomesTheMainBranchWithItsHistory) {
  TemporaryFolder folder;
  const auto file = folder / "old.sqlite";
  const auto session = session::Session::create({.title = "Song"});
  {
    SQLite::Database raw(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    raw.exec("PRAGMA foreign_keys = ON");
    auto steps = migrations();
    steps.resize(5);
    ASSERT_TRUE(migrate(raw, steps));
    raw.exec("INSERT INTO users (user_id, name, password_hash, admin, created_unix_ms) VALUES (1, 'anna', 'x', 1, 1)");
    raw.exec("INSERT INTO projects VALUES ('0123456789abcdef', 1, 'Song', 1, 1)");
    raw.exec("INSERT INTO members VALUES ('0123456789abcdef', 1, 1)");
    SQLite::Statement snapshot(raw, "INSERT INTO snapshots VALUES ('0123456789abcdef', 0, ?)");
    const std::string state = session::to_state(session, 0).SerializeAsString();
    snapshot.bind(1, state.data(), static_cast<int>(state.size()));
    snapshot.exec();
    SQLite::Statement edit(raw, "INSERT INTO edits VALUES ('0123456789abcdef', 1, ?, 1, 5, ?)");
    const v1::Edit made = test::create_track(1, 101, "Vocal");
    const std::string bytes = made.SerializeAsString();
    edit.bind(1, made.edit_id().data(), 16);
    edit.bind(2, bytes.data(), static_cast<int>(bytes.size()));
    edit.exec();
    raw.exec(
        "INSERT INTO renders (render_id, project_id, state, revision, settings, requested_by, requested_unix_ms)"
        " VALUES ('r', '0123456789abcdef', 3, 1, x'', 1, 1)");
  }
  const auto database = std::move(Database::open(file)).value();
  SqliteEditLog log(*database);
  const auto head = domain::load_head(log, "0123456789abcdef");
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->revision, 1U);
  EXPECT_NE(head->session.find(ObjectId{101}), nullptr);
  const auto branches = SqliteBranchStore(*database).list("0123456789abcdef").value();
  ASSERT_EQ(branches.size(), 1U);
  EXPECT_EQ(branches[0].name, "main");
  EXPECT_EQ(branches[0].head_revision, 1U);
}

}  // namespace
}  // namespace talkback::storage
