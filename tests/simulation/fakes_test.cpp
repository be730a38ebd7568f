// What the simulated stores promise is what the real ones promise: the same tests for both.
#include <gtest/gtest.h>

#include <functional>
#include <future>

#include "engine/session/state.hpp"
#include "server/domain/projects.hpp"
#include "server/storage/sqlite/edit_log.hpp"
#include "server/storage/sqlite/people_store.hpp"
#include "server/storage/sqlite/project_store.hpp"
#include "tests/simulation/simulated_client.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/fake_outside.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::simulation {
namespace {

using test::edit_id;
using test::move_fader;
using test::waiting;

// --- edit logs

class LogHolder {
 public:
  virtual ~LogHolder() = default;
  virtual domain::EditLog& log() = 0;
  // Lets what was appended become durable.
  virtual void settle() {}
  domain::BranchId branch;
  domain::UserId author{1};
};

class SimulatedHolder final : public LogHolder {
 public:
  SimulatedHolder() { branch = kProject; }
  domain::EditLog& log() override { return store_; }
  void settle() override { store_.report(); }

 private:
  SimulatedStore store_{session::to_state(session::Session::create({.title = "Song"}), 0), Sabotage::none};
};

class SqliteHolder final : public LogHolder {
 public:
  SqliteHolder() {
    const auto user = storage::SqlitePeopleStore(*database_).add_user("anna", "hash", true, 1).value();
    storage::SqliteProjectStore projects(*database_);
    author = user.id;
    branch = domain::Projects(projects, clock_, random_).create(user, "Song", 0).value().id;
  }
  domain::EditLog& log() override { return log_; }

 private:
  TemporaryFolder folder_;
  test::FakeClock clock_;
  test::SeededRandom random_;
  std::unique_ptr<storage::Database> database_ = std::move(storage::Database::open(folder_ / "test.sqlite")).value();
  storage::SqliteEditLog log_{*database_};
};

template <class Holder>
class EditLogContract : public ::testing::Test {
 protected:
  domain::EditLog& log() { return holder_.log(); }
  const domain::BranchId& branch() const { return holder_.branch; }

  void append(std::uint64_t from, std::uint64_t to) { EXPECT_TRUE(try_to_append(from, to, 100 + from)); }

  Result<void> try_to_append(std::uint64_t from, std::uint64_t to, std::uint64_t first_id) {
    domain::EditBatch batch{.branch = branch(), .edits = {}, .author_ids = {}};
    for (std::uint64_t revision = from; revision <= to; ++revision) {
      v1::CommittedEdit& committed = batch.edits.emplace_back();
      committed.set_revision(revision);
      committed.set_author("anna");
      *committed.mutable_edit() = move_fader(first_id + revision - from, 2, -1.0 * static_cast<double>(revision));
      batch.author_ids.push_back(holder_.author);
    }
    std::promise<Result<void>> done;
    log().append(std::move(batch), [&done](Result<void> result) { done.set_value(std::move(result)); });
    holder_.settle();
    return done.get_future().get();
  }

 private:
  Holder holder_;
};

using Logs = ::testing::Types<SimulatedHolder, SqliteHolder>;
TYPED_TEST_SUITE(EditLogContract, Logs);

TYPED_TEST(EditLogContract, EditsAreReadBackInTheirOrder) {
  this->append(1, 3);
  this->append(4, 5);
  EXPECT_EQ(*this->log().head(this->branch()), 5U);
  const auto batch = this->log().read(this->branch(), 1, 3, 1'000'000);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->edits_size(), 3);
  for (int i = 0; i < 3; ++i) {
    const auto revision = static_cast<std::uint64_t>(i) + 2;
    EXPECT_EQ(batch->edits(i).revision(), revision);
    EXPECT_EQ(batch->edits(i).author(), "anna");
    EXPECT_EQ(batch->edits(i).edit().SerializeAsString(),
              move_fader(100 + revision, 2, -1.0 * static_cast<double>(revision)).SerializeAsString());
  }
  EXPECT_TRUE(this->log().read(this->branch(), 5, 3, 1'000'000)->edits().empty());
}

TYPED_TEST(EditLogContract, EveryEditHasItsName) {
  this->append(1, 3);
  const auto names = this->log().edit_names(this->branch());
  ASSERT_TRUE(names);
  std::map<std::string, std::uint64_t> by_id;
  for (const domain::EditName& name : *names) by_id[name.edit_id] = name.revision;
  EXPECT_EQ(by_id, (std::map<std::string, std::uint64_t>{{edit_id(101), 1}, {edit_id(102), 2}, {edit_id(103), 3}}));
}

TYPED_TEST(EditLogContract, AnEditThatIsThereIsRefusedWithItsWholeBatch) {
  this->append(1, 3);
  const auto refused = this->try_to_append(4, 5, 102);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_EQ(*this->log().head(this->branch()), 3U);
  const auto known = this->log().find_edits(this->branch(), {edit_id(102), edit_id(900)});
  ASSERT_TRUE(known);
  ASSERT_EQ(known->size(), 1U);
  EXPECT_EQ(known->front().revision, 2U);
}

TYPED_TEST(EditLogContract, TheNearestSnapshotIsFound) {
  this->append(1, 4);
  const session::Session session = session::Session::create({.title = "Song"});
  ASSERT_TRUE(this->log().add_snapshot(this->branch(), session::to_state(session, 2)));
  ASSERT_TRUE(this->log().add_snapshot(this->branch(), session::to_state(session, 2))) << "a second time is no fault";
  EXPECT_EQ(this->log().snapshot(this->branch(), 1)->revision(), 0U);
  EXPECT_EQ(this->log().snapshot(this->branch(), 2)->revision(), 2U);
  EXPECT_EQ(this->log().snapshot(this->branch(), 9)->revision(), 2U);
  EXPECT_EQ(*this->log().snapshot_revisions(this->branch()), (std::vector<std::uint64_t>{0, 2}));
}

// --- replica stores

struct SimulatedMachine {
  SimulatedReplicaStore store{Sabotage::none};
  replica::ReplicaStore& open() { return store; }
};

struct SqliteMachine {
  TemporaryFolder folder;
  std::unique_ptr<replica::ReplicaStore> store;
  // As after a restart.
  replica::ReplicaStore& open() {
    store.reset();
    store = std::move(replica::open_replica_store(folder / "project.sqlite")).value();
    return *store;
  }
};

template <class Machine>
class ReplicaStoreContract : public ::testing::Test {
 protected:
  Machine machine_;
};

using Machines = ::testing::Types<SimulatedMachine, SqliteMachine>;
TYPED_TEST_SUITE(ReplicaStoreContract, Machines);

TYPED_TEST(ReplicaStoreContract, PendingEditsAreKeptOnceAndInOrder) {
  {
    replica::ReplicaStore& store = this->machine_.open();
    for (const std::uint64_t number : {9U, 3U, 5U, 3U}) {
      ASSERT_TRUE(store.add_pending(waiting(move_fader(number, 101, -1))));
    }
    ASSERT_TRUE(store.remove_pending(edit_id(9)));
    ASSERT_TRUE(store.remove_pending(edit_id(77))) << "what is not there is gone already";
  }
  const auto pending = this->machine_.open().pending();
  ASSERT_TRUE(pending);
  ASSERT_EQ(pending->size(), 2U);
  EXPECT_EQ((*pending)[0].edit().SerializeAsString(), move_fader(3, 101, -1).SerializeAsString());
  EXPECT_EQ((*pending)[1].edit().SerializeAsString(), move_fader(5, 101, -1).SerializeAsString());
}

TYPED_TEST(ReplicaStoreContract, AnEditMadeAnewTakesThePlaceOfTheOldOne) {
  {
    replica::ReplicaStore& store = this->machine_.open();
    for (const std::uint64_t number : {1U, 2U}) {
      ASSERT_TRUE(store.add_pending(waiting(move_fader(number, 101, -1))));
    }
    v1::PendingEdit anew = waiting(move_fader(1, 101, -7));
    anew.mutable_take_back()->add_left("why");
    ASSERT_TRUE(store.add_pending(anew));
  }
  const auto pending = this->machine_.open().pending();
  ASSERT_TRUE(pending);
  ASSERT_EQ(pending->size(), 2U);
  EXPECT_EQ((*pending)[0].edit().SerializeAsString(), move_fader(1, 101, -7).SerializeAsString());
  EXPECT_EQ((*pending)[0].take_back().left(0), "why");
  EXPECT_FALSE((*pending)[1].has_take_back());
}

// Edits with these revisions, as they led to a state.
replica::NewlyKnown known_edits(std::initializer_list<std::uint64_t> revisions, bool is_after_gap = false) {
  replica::NewlyKnown known{.is_after_gap = is_after_gap, .edits = {}};
  for (const std::uint64_t revision : revisions) known.edits.emplace_back().mutable_edit()->set_revision(revision);
  return known;
}

TYPED_TEST(ReplicaStoreContract, EditsAreKnownBackToTheFirstGap) {
  const session::Session session = session::Session::create({.title = "Song"});
  const auto keep = [&](std::uint64_t revision, const replica::NewlyKnown& known) {
    ASSERT_TRUE(this->machine_.open().keep_state(session::to_state(session, revision), known));
  };
  const auto known = [&](std::uint64_t revision) {
    std::vector<std::uint64_t> revisions;
    const auto edits = this->machine_.open().known(revision);
    EXPECT_TRUE(edits);
    for (const v1::KnownEdit& edit : *edits) revisions.push_back(edit.edit().revision());
    return revisions;
  };
  using Revisions = std::vector<std::uint64_t>;
  keep(3, known_edits({1, 2, 3}));
  EXPECT_EQ(known(3), Revisions({3, 2, 1}));
  keep(5, known_edits({4, 5}));
  EXPECT_EQ(known(5), Revisions({5, 4, 3, 2, 1}));
  EXPECT_EQ(known(7), Revisions()) << "nothing leads there";
  keep(9, known_edits({8, 9}, true));
  EXPECT_EQ(known(9), Revisions({9, 8}));
  // Another program's state may be older.
  keep(8, known_edits({8}));
  EXPECT_EQ(known(8), Revisions({8}));
  keep(8 + replica::kKnownEditsMax, known_edits({8 + replica::kKnownEditsMax}));
  EXPECT_EQ(known(8), Revisions()) << "so many are kept";
}

TYPED_TEST(ReplicaStoreContract, TheNewestStateIsKept) {
  EXPECT_FALSE(this->machine_.open().state()->has_value());
  const session::Session session = session::Session::create({.title = "Song"});
  ASSERT_TRUE(this->machine_.open().keep_state(session::to_state(session, 4), {}));
  ASSERT_TRUE(this->machine_.open().keep_state(session::to_state(session, 5), {}));
  const auto state = this->machine_.open().state();
  ASSERT_TRUE(state && *state);
  EXPECT_EQ((*state)->SerializeAsString(), session::to_state(session, 5).SerializeAsString());
}

}  // namespace
}  // namespace talkback::simulation
