// A project goes from one server to another in one file, and arrives as it was or not at all.
#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "engine/session/canonical.hpp"
#include "server/archive/project_archive.hpp"
#include "server/domain/history.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/fake_outside.hpp"
#include "tests/support/open_stores.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::archive {
namespace {

struct Server {
  explicit Server(const std::filesystem::path& folder, std::uint64_t seed)
      : random(seed), opened(test::open_stores(folder, clock, random)) {}
  Stores stores() {
    return {.people = people,
            .projects = project_store,
            .branches = opened->branches,
            .versions = versions,
            .suggestions = opened->suggestions,
            .renders = renders,
            .log = log,
            .blobs = *blobs,
            .clock = clock};
  }
  void append(const domain::BranchId& branch, std::uint64_t revision, domain::UserId author, const std::string& name,
              v1::Edit edit) {
    domain::EditBatch batch;
    batch.branch = branch;
    batch.author_ids = {author};
    v1::CommittedEdit& committed = batch.edits.emplace_back();
    committed.set_revision(revision);
    committed.set_author(name);
    committed.set_committed_unix_ms(1000 + static_cast<std::int64_t>(revision));
    *committed.mutable_edit() = std::move(edit);
    std::promise<Result<void>> done;
    log.append(batch, [&done](Result<void> result) { done.set_value(std::move(result)); });
    ASSERT_TRUE(done.get_future().get());
  }
  Sha256Digest upload(const domain::ProjectId& project, domain::UserId user, const std::string& bytes) {
    const Sha256Digest digest = sha256(std::string_view(bytes));
    const auto begun = blobs->begin_upload(project, user, digest, std::ssize(bytes)).value();
    const auto writer = blobs->continue_upload(project, user, begun.upload_id, 0);
    EXPECT_TRUE((*writer)->write(std::as_bytes(std::span(bytes))));
    EXPECT_TRUE((*writer)->finish());
    return digest;
  }
  Sha256Digest digest_of(const domain::BranchId& branch) {
    const auto at = domain::load_head(log, branch);
    EXPECT_TRUE(at) << at.error().message;
    return at ? session::digest(at->session) : Sha256Digest{};
  }

  test::FakeClock clock;
  test::SeededRandom random;
  const std::unique_ptr<storage::Stores> opened;
  storage::FolderBlobStore* const blobs = opened->blobs.get();
  storage::SqlitePeopleStore& people = opened->people;
  storage::SqliteProjectStore& project_store = opened->projects;
  storage::SqliteVersionStore& versions = opened->versions;
  storage::SqliteRenderStore& renders = opened->renders;
  storage::SqliteEditLog& log = opened->log;
  domain::Projects projects{project_store, clock, random};
  domain::Branches branches{opened->branches, clock, random};
  domain::Suggestions suggestions{opened->suggestions, branches, clock};
};

class ArchiveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "here");
    std::filesystem::create_directories(folder_ / "there");
    here_.emplace(folder_ / "here", 1);
    there_.emplace(folder_ / "there", 2);
    anna_ = here_->people.add_user("anna", "hash", true, 1).value();
    const domain::User ben = here_->people.add_user("ben", "hash", false, 1).value();
    project_ = here_->projects.create(anna_, "Song", 0).value().id;
    ASSERT_TRUE(here_->projects.set_member(project_, {.user = "ben", .role = v1::MENTOR}));
    here_->append(project_, 1, anna_.id, "anna", test::create_track(1, 101, "Vocal"));
    here_->append(project_, 2, anna_.id, "anna", test::move_fader(2, 101, -3));
    branch_ = here_->branches.create(project_, anna_, "dark", {project_, 1}).value().id;
    here_->append(branch_, 2, anna_.id, "anna", test::move_fader(3, 101, -20));
    const auto suggestion = here_->suggestions.create(project_, ben, "Softer", "why", {}).value();
    here_->append(suggestion.branch.id, 3, ben.id, "ben", test::move_fader(4, 101, -9));
    ASSERT_TRUE(here_->suggestions.answer(
        project_, anna_, v1::OWNER, 1,
        {.state = v1::Suggestion::REJECTED, .answer = "no", .taken_items = {}, .rejected_items = {"x"}}));
    blob_ = here_->upload(project_, anna_.id, "a recording");
    domain::Version version;
    version.id = "00000000000000aa";
    version.project = project_;
    version.name = "Rough";
    version.moment = {project_, 2};
    version.created_unix_ms = 7;
    ASSERT_TRUE(here_->versions.add(version, anna_.id));
  }
  std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TemporaryFolder folder_;
  std::optional<Server> here_;
  std::optional<Server> there_;
  domain::User anna_;
  domain::ProjectId project_;
  domain::BranchId branch_;
  Sha256Digest blob_;
};

TEST_F(ArchiveTest, ArrivesWithEqualDigestsHistoryAndNames) {
  const auto file = folder_ / "song.tar";
  const auto written = write_project(here_->stores(), "Song", file);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->edits, 4U);
  const auto read = read_project(there_->stores(), file);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->edits, 4U);
  EXPECT_EQ(read->blobs, 1U);
  EXPECT_EQ(read->new_people, (std::vector<std::string>{"anna", "ben"}));

  EXPECT_EQ(there_->digest_of(project_), here_->digest_of(project_));
  EXPECT_EQ(there_->digest_of(branch_), here_->digest_of(branch_));
  const auto edits = there_->log.read(project_, 0, 10, 1 << 20).value();
  ASSERT_EQ(edits.edits_size(), 2);
  EXPECT_EQ(edits.edits(1).author(), "anna");
  EXPECT_EQ(edits.edits(1).committed_unix_ms(), 1002);
  EXPECT_TRUE(there_->blobs->verify(blob_));
  EXPECT_TRUE(there_->blobs->holds(project_, blob_).value());
  const auto anna = there_->people.find_user("anna").value()->user;
  EXPECT_EQ(there_->versions.list(project_, anna.id)->front().name, "Rough");
  const auto suggestion = there_->suggestions.find(project_, 1).value();
  EXPECT_EQ(suggestion.answer, "no");
  EXPECT_EQ(suggestion.rejected_items, std::vector<std::string>{"x"});
  EXPECT_EQ(there_->project_store.members(project_)->size(), 2U);
  EXPECT_TRUE(there_->projects.find_allowed(project_, anna, domain::Action::read_session)) << "out of the trash";
  EXPECT_TRUE(there_->people.find_user("ben").value()->password_hash.empty()) << "nobody signs in as a name alone";

  EXPECT_EQ(read_project(there_->stores(), file).error().code, ErrorCode::conflict);
  EXPECT_EQ(there_->digest_of(project_), here_->digest_of(project_)) << "and nothing was changed";
}

TEST_F(ArchiveTest, WhoCameByALinkIsANameThereAndTheLinkStaysBehind) {
  domain::Link link;
  link.name = "Carl (link)";
  link.role = v1::MENTOR;
  link.expires_unix_ms = here_->clock.now_unix_ms() + 1'000'000;
  const std::string secret = "a secret";
  ASSERT_TRUE(here_->opened->links.add(project_, link, anna_.id, "link:1", sha256(secret)));
  domain::People people(here_->people, here_->clock, here_->random);
  const domain::User carl = people.caller_of(secret).value().user;
  const auto suggestion = here_->suggestions.create(project_, carl, "Louder", "", {}).value();
  here_->append(suggestion.branch.id, 3, carl.id, carl.name, test::move_fader(5, 101, 2));
  const auto file = folder_ / "song.tar";
  ASSERT_TRUE(write_project(here_->stores(), "Song", file));
  const auto read = read_project(there_->stores(), file);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->new_people, (std::vector<std::string>{"anna", "ben"})) << "nobody asks for Carl's password";
  EXPECT_EQ(there_->suggestions.find(project_, 2)->branch.author, "Carl (link)");
  EXPECT_EQ(there_->log.read(suggestion.branch.id, 2, 10, 1 << 20)->edits(0).author(), "Carl (link)");
  EXPECT_EQ(there_->project_store.members(project_)->size(), 2U);
  domain::People there(there_->people, there_->clock, there_->random);
  EXPECT_EQ(there.caller_of(secret).error().code, ErrorCode::denied);
  EXPECT_TRUE(there_->opened->links.list(project_)->empty());
}

TEST_F(ArchiveTest, ADamagedFileLeavesNoProject) {
  const auto file = folder_ / "song.tar";
  ASSERT_TRUE(write_project(here_->stores(), project_, file));
  const std::string whole = bytes_of(file);
  const auto try_with = [&](const std::string& bytes) {
    std::ofstream(folder_ / "damaged.tar", std::ios::binary) << bytes;
    return read_project(there_->stores(), folder_ / "damaged.tar");
  };
  // Cut anywhere, and a byte turned over wherever there is content.
  for (std::size_t at = 0; at + 1024 < whole.size(); at += 997) {
    const auto cut = try_with(whole.substr(0, at));
    EXPECT_FALSE(cut) << "cut at " << at;
    EXPECT_TRUE(there_->project_store.list_all()->empty()) << "cut at " << at;
  }
  for (const char* inside : {"a recording", "Vocal"}) {
    std::string damaged = whole;
    damaged[damaged.rfind(inside)] ^= 1;
    const auto read = try_with(damaged);
    ASSERT_FALSE(read) << inside;
    EXPECT_EQ(read.error().code, ErrorCode::corrupt) << read.error().message;
    EXPECT_TRUE(there_->project_store.list_all()->empty()) << inside;
  }
  EXPECT_EQ(read_project(there_->stores(), folder_ / "nothing.tar").error().code, ErrorCode::not_found);
  ASSERT_TRUE(try_with(whole)) << "after all that, the whole one still goes in";
}

TEST_F(ArchiveTest, TheProjectIsFoundByNameOrId) {
  EXPECT_EQ(write_project(here_->stores(), "Nothing", folder_ / "x.tar").error().code, ErrorCode::not_found);
  const domain::User carl = here_->people.add_user("carl", "hash", false, 1).value();
  ASSERT_TRUE(here_->projects.create(carl, "Song", 0));
  EXPECT_EQ(write_project(here_->stores(), "Song", folder_ / "x.tar").error().code, ErrorCode::conflict);
  EXPECT_TRUE(write_project(here_->stores(), project_, folder_ / "x.tar"));
  EXPECT_EQ(write_project(here_->stores(), project_, folder_ / "no" / "such" / "folder.tar").error().code,
            ErrorCode::unavailable);
}

}  // namespace
}  // namespace talkback::archive
