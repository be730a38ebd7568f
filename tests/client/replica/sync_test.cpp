// Sync against a model of the server that orders edits and keeps the promises of room.proto.
#include "client/replica/sync.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "engine/session/canonical.hpp"
#include "engine/session/state.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/random_edits.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::replica {
namespace {

using session::Session;
using test::create_track;
using test::edit_id;
using test::move_fader;

std::string digest_bytes(const Session& session) {
  const Sha256Digest digest = session::digest(session);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// What stands between a Sync and the model: frames that are under way in both directions.
struct Wire {
  std::deque<v1::ClientFrame> up;
  std::deque<v1::ServerFrame> down;
  bool open = false;
};

class ModelServer {
 public:
  void receive(Wire& from, const v1::ClientFrame& frame) {
    if (frame.has_hello()) return welcome(from, frame.hello());
    if (!frame.has_submit()) return;
    const v1::Edit& edit = frame.submit().edit();
    if (const auto known = revisions_.find(edit.edit_id()); known != revisions_.end()) {
      v1::CommittedEdit& answer = *push(from).mutable_committed()->add_edits();
      answer.set_revision(known->second);
      answer.mutable_edit()->set_edit_id(edit.edit_id());
      return;
    }
    if (const auto report = session::apply(session, edit); !report) {
      v1::Rejected& rejected = *push(from).mutable_rejected();
      rejected.set_edit_id(edit.edit_id());
      rejected.set_code(std::string(to_string(report.error().code)));
      rejected.set_message(report.error().message);
      return;
    }
    v1::CommittedEdit& committed = log_.emplace_back();
    committed.set_revision(revision());
    *committed.mutable_edit() = edit;
    revisions_[edit.edit_id()] = revision();
    for (Wire* wire : wires) {
      if (wire->open) *push(*wire).mutable_committed()->add_edits() = committed;
    }
  }

  void publish_digest() {
    for (Wire* wire : wires) {
      if (!wire->open) continue;
      v1::StateDigest& digest = *push(*wire).mutable_digest();
      digest.set_revision(revision());
      digest.set_digest(digest_bytes(session));
    }
  }

  std::uint64_t revision() const { return log_.size(); }

  Session session = Session::create({"Song", 48'000});
  std::vector<Wire*> wires;
  int snapshots = 0;
  int objects_a_part = 2;

 private:
  v1::ServerFrame& push(Wire& wire) { return wire.down.emplace_back(); }

  void welcome(Wire& wire, const v1::Hello& hello) {
    push(wire).mutable_welcome()->set_head_revision(revision());
    wire.open = true;
    const bool known = hello.since_revision() > 0 && hello.since_revision() <= revision() &&
                       hello.since_digest() == digest_bytes(at(hello.since_revision()));
    if (!known) return send_snapshot(wire);
    for (std::size_t i = hello.since_revision(); i < log_.size(); ++i)
      *push(wire).mutable_committed()->add_edits() = log_[i];
  }

  void send_snapshot(Wire& wire) {
    ++snapshots;
    const v1::SessionState state = session::to_state(session, revision());
    v1::SnapshotPart* part = push(wire).mutable_snapshot();
    for (const v1::Object& object : state.objects()) {
      if (part->objects_size() == objects_a_part) part = push(wire).mutable_snapshot();
      *part->add_objects() = object;
    }
    part->set_revision(revision());
    part->set_digest(state.digest());
    part->set_last(true);
  }

  Session at(std::uint64_t wanted) const {
    Session then = Session::create({"Song", 48'000});
    for (std::uint64_t i = 0; i < wanted; ++i) EXPECT_TRUE(session::apply(then, log_[i].edit()));
    return then;
  }

  std::vector<v1::CommittedEdit> log_;
  std::map<std::string, std::uint64_t> revisions_;
};

// A member's machine: a store on the disk and what runs on it.
class Machine {
 public:
  Machine(ModelServer& server, const std::filesystem::path& file) : server_(server), file_(file) {
    server_.wires.push_back(&wire);
    start();
  }

  void start() {
    auto opened = open_replica_store(file_);
    ASSERT_TRUE(opened);
    store_ = *std::move(opened);
    auto created = Sync::create(*store_, "test");
    ASSERT_TRUE(created);
    sync.emplace(*std::move(created));
  }
  // The program ends, in order or not, and starts again.
  void restart() {
    drop_connection();
    sync.reset();
    store_.reset();
    start();
  }
  void connect() {
    drop_connection();
    sync->connected([this](const v1::ClientFrame& frame) { wire.up.push_back(frame); });
  }
  void drop_connection() {
    wire = Wire{};
    sync->disconnected();
  }
  bool send_one() {
    if (wire.up.empty()) return false;
    const v1::ClientFrame frame = wire.up.front();
    wire.up.pop_front();
    server_.receive(wire, frame);
    return true;
  }
  bool receive_one() {
    if (wire.down.empty()) return false;
    const v1::ServerFrame frame = wire.down.front();
    wire.down.pop_front();
    auto got = sync->receive(frame);
    EXPECT_TRUE(got) << (got ? "" : got.error().message);
    bool again = false;
    for (Event& event : *got) {
      again = again || event.kind == Event::Kind::resync;
      events.push_back(std::move(event));
    }
    if (again) connect();
    return true;
  }
  void exchange() {
    while (send_one() || receive_one()) continue;
  }
  int count(Event::Kind kind) const {
    return static_cast<int>(std::ranges::count(events, kind, [](const Event& event) { return event.kind; }));
  }

  Wire wire;
  std::optional<Sync> sync;
  std::vector<Event> events;

 private:
  ModelServer& server_;
  std::filesystem::path file_;
  std::unique_ptr<ReplicaStore> store_;
};

class SyncTest : public ::testing::Test {
 protected:
  void join() {
    anna.connect();
    anna.exchange();
    ASSERT_TRUE(anna.sync->is_joined());
    ASSERT_TRUE(anna.sync->submit(create_track(1, 101, "Vocal")));
    anna.exchange();
    ASSERT_TRUE(anna.sync->is_settled());
  }
  void expect_same(const Machine& machine) const {
    EXPECT_EQ(digest_bytes(machine.sync->replica().view()), digest_bytes(server.session));
    EXPECT_EQ(machine.sync->replica().revision(), server.revision());
  }

  TemporaryFolder folder;
  ModelServer server;
  Machine anna{server, folder / "anna.sqlite"};
};

TEST_F(SyncTest, ASnapshotInPartsJoins) {
  for (std::uint64_t i = 0; i < 7; ++i) {
    v1::ClientFrame frame;
    *frame.mutable_submit()->mutable_edit() = create_track(50 + i, 500 + i, "Track");
    Wire nobody;
    server.receive(nobody, frame);
  }
  anna.connect();
  anna.exchange();
  EXPECT_EQ(anna.count(Event::Kind::joined), 1);
  expect_same(anna);
}

TEST_F(SyncTest, AnEditIsKeptSentAndAcknowledged) {
  join();
  EXPECT_EQ(anna.count(Event::Kind::committed), 1);
  EXPECT_TRUE(anna.events.back().mine);
  EXPECT_EQ(anna.events.back().edit_id, edit_id(1));
  anna.restart();
  EXPECT_TRUE(anna.sync->replica().pending().empty()) << "what is acknowledged does not wait any more";
}

TEST_F(SyncTest, AnEditWithoutAnIdGetsARandomOne) {
  join();
  v1::Edit edit = move_fader(2, 101, -3);
  edit.clear_edit_id();
  ASSERT_TRUE(anna.sync->submit(edit));
  EXPECT_EQ(anna.sync->replica().pending().front().edit_id().size(), 16U);
}

TEST_F(SyncTest, TextThatIsNoUtf8IsRefusedBeforeItIsKept) {
  join();
  v1::Edit summary = move_fader(2, 101, -3);
  summary.set_summary("l\xE4uter");
  for (const v1::Edit& edit : {create_track(3, 103, "Gitarre\xFC"), summary}) {
    const auto refused = anna.sync->submit(edit);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  }
  EXPECT_TRUE(anna.sync->is_settled());
  anna.restart();
}

TEST_F(SyncTest, BeforeTheFirstJoinNothingCanBeEdited) {
  const auto refused = anna.sync->submit(create_track(1, 101, "Vocal"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
}

TEST_F(SyncTest, OfflineEditsSurviveARestartAndAreSentOnce) {
  join();
  ASSERT_TRUE(anna.sync->save());
  anna.drop_connection();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  anna.restart();
  EXPECT_EQ(anna.sync->replica().view().find(ObjectId{101})->track().fader_db(), -6) << "seen before the connection";
  EXPECT_EQ(server.revision(), 1U);
  anna.connect();
  anna.exchange();
  EXPECT_EQ(server.revision(), 2U);
  EXPECT_TRUE(anna.sync->is_settled());
  expect_same(anna);
}

TEST_F(SyncTest, ALostAcknowledgementDoesNotApplyTheEditTwice) {
  join();
  ASSERT_TRUE(anna.sync->save());
  ASSERT_TRUE(anna.sync->submit(create_track(2, 102, "Bass")));
  ASSERT_TRUE(anna.send_one());
  anna.restart();  // the answer was under way
  ASSERT_EQ(anna.sync->replica().pending().size(), 1U);
  anna.connect();
  anna.exchange();
  EXPECT_EQ(server.revision(), 2U);
  EXPECT_TRUE(anna.sync->is_settled());
  expect_same(anna);
  anna.restart();
  EXPECT_TRUE(anna.sync->replica().pending().empty());
}

TEST_F(SyncTest, AnAnswerWithAnOldRevisionSettlesTheEdit) {
  join();
  anna.events.clear();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  ASSERT_TRUE(anna.send_one());
  // The snapshot of the next connection contains the edit already, so only the bare answer names it.
  anna.restart();
  anna.connect();
  anna.exchange();
  EXPECT_TRUE(anna.sync->is_settled());
  EXPECT_EQ(server.revision(), 2U);
  EXPECT_EQ(anna.events.back().edit_id, edit_id(2));
  EXPECT_TRUE(anna.events.back().mine);
  EXPECT_TRUE(anna.events.back().report.changes.empty());
  expect_same(anna);
}

TEST_F(SyncTest, ARejectedEditLeavesViewAndDisk) {
  join();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  v1::ServerFrame refusal;
  refusal.mutable_rejected()->set_edit_id(edit_id(2));
  refusal.mutable_rejected()->set_code("denied");
  refusal.mutable_rejected()->set_message("not yours");
  anna.wire.up.clear();
  anna.wire.down.push_back(refusal);
  anna.exchange();
  EXPECT_EQ(anna.events.back().error.code, ErrorCode::denied);
  EXPECT_EQ(anna.events.back().error.message, "not yours");
  expect_same(anna);
  anna.restart();
  EXPECT_TRUE(anna.sync->replica().pending().empty());
}

TEST_F(SyncTest, TryAgainIsNoVerdictOnTheEdit) {
  join();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  anna.wire.up.clear();
  v1::ServerFrame later;
  later.mutable_rejected()->set_edit_id(edit_id(2));
  later.mutable_rejected()->set_code("unavailable");
  anna.wire.down.push_back(later);
  anna.exchange();
  EXPECT_EQ(anna.sync->replica().pending().size(), 1U);
  anna.connect();
  anna.exchange();
  EXPECT_EQ(server.revision(), 2U);
  expect_same(anna);
}

TEST_F(SyncTest, AGapAsksForEverything) {
  join();
  const int before = server.snapshots;
  v1::ServerFrame gap;
  v1::CommittedEdit& edit = *gap.mutable_committed()->add_edits();
  edit.set_revision(7);
  *edit.mutable_edit() = move_fader(7, 101, 1);
  anna.wire.down.push_back(gap);
  anna.exchange();
  EXPECT_EQ(anna.count(Event::Kind::resync), 1);
  EXPECT_EQ(server.snapshots, before + 1);
  EXPECT_TRUE(anna.sync->is_joined());
  expect_same(anna);
}

TEST_F(SyncTest, ADifferentDigestAsksForEverything) {
  join();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  anna.exchange();
  server.publish_digest();
  anna.exchange();
  EXPECT_EQ(anna.count(Event::Kind::resync), 0);
  v1::ServerFrame other;
  other.mutable_digest()->set_revision(server.revision());
  other.mutable_digest()->set_digest(std::string(32, 'x'));
  anna.wire.down.push_back(other);
  anna.exchange();
  EXPECT_EQ(anna.count(Event::Kind::resync), 1);
  EXPECT_TRUE(anna.sync->is_joined());
  expect_same(anna);
}

TEST_F(SyncTest, ADamagedSnapshotIsAskedForAgain) {
  anna.connect();
  ASSERT_TRUE(anna.send_one());
  anna.wire.down.back().mutable_snapshot()->set_digest(std::string(32, 'x'));
  anna.exchange();
  EXPECT_EQ(anna.count(Event::Kind::resync), 1);
  EXPECT_TRUE(anna.sync->is_joined());
  expect_same(anna);
}

TEST_F(SyncTest, AMachineAheadOfARestoredServerJoinsWithTheServersState) {
  join();
  ASSERT_TRUE(anna.sync->submit(move_fader(2, 101, -6)));
  anna.exchange();
  ASSERT_TRUE(anna.sync->save());
  anna.restart();
  ModelServer restored;
  Wire nobody;
  v1::ClientFrame first;
  *first.mutable_submit()->mutable_edit() = create_track(1, 101, "Vocal");
  restored.receive(nobody, first);
  Machine again(restored, folder / "anna.sqlite");
  ASSERT_EQ(again.sync->replica().revision(), 2U);
  again.connect();
  again.send_one();
  while (!again.sync->is_joined() && again.receive_one()) continue;
  ASSERT_TRUE(again.sync->is_joined());
  EXPECT_EQ(again.sync->replica().revision(), 1U) << "joined means: at the server's head";
  EXPECT_EQ(digest_bytes(again.sync->replica().view()), digest_bytes(restored.session));
}

TEST_F(SyncTest, ADamagedCacheIsReplaced) {
  join();
  {
    auto store = open_replica_store(folder / "bert.sqlite");
    ASSERT_TRUE(store);
    v1::SessionState damaged = session::to_state(server.session, server.revision());
    damaged.set_digest(std::string(32, 'x'));
    ASSERT_TRUE((*store)->keep_state(damaged));
  }
  Machine bert(server, folder / "bert.sqlite");
  EXPECT_TRUE(bert.sync->replica().is_empty());
  bert.connect();
  bert.exchange();
  expect_same(bert);
  ASSERT_TRUE(bert.sync->save());
  bert.restart();
  EXPECT_FALSE(bert.sync->replica().is_empty()) << "a good state takes the damaged one's place";
}

TEST_F(SyncTest, TheServersFarewellEndsTheMembership) {
  join();
  v1::ServerFrame goodbye;
  goodbye.mutable_goodbye()->set_code("denied");
  goodbye.mutable_goodbye()->set_message("you are no member any more");
  anna.wire.down.push_back(goodbye);
  anna.exchange();
  EXPECT_FALSE(anna.sync->is_joined());
  EXPECT_EQ(anna.events.back().error.code, ErrorCode::denied);
}

// Two members edit as they like while connections break, programs restart and frames wait: all end with one session.
TEST_F(SyncTest, RandomEditsOfTwoMembersEndWithEqualDigests) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    support::RandomEdits random(seed);
    ModelServer here;
    const std::string name = std::to_string(seed);
    Machine one(here, folder / ("one" + name + ".sqlite"));
    Machine two(here, folder / ("two" + name + ".sqlite"));
    for (Machine* machine : {&one, &two}) {
      machine->connect();
      machine->exchange();
    }
    for (int step = 0; step < 120; ++step) {
      Machine& machine = random.number(2) == 0 ? one : two;
      const std::uint64_t dice = random.number(20);
      if (dice < 9 && !machine.sync->replica().is_empty())
        static_cast<void>(machine.sync->submit(random.next(machine.sync->replica().view())).has_value());
      else if (dice < 13)
        machine.send_one();
      else if (dice < 18)
        machine.receive_one();
      else if (dice == 18)
        machine.connect();
      else if (random.number(3) == 0) {
        ASSERT_TRUE(machine.sync->save());
        machine.restart();
        machine.connect();
      }
    }
    for (Machine* machine : {&one, &two}) machine->connect();
    for (int round = 0; round < 3; ++round)
      for (Machine* machine : {&one, &two}) machine->exchange();
    here.publish_digest();
    for (Machine* machine : {&one, &two}) {
      machine->exchange();
      EXPECT_TRUE(machine->sync->is_settled());
      EXPECT_EQ(machine->count(Event::Kind::resync), 0) << "an orderly course needs no resync";
      EXPECT_EQ(digest_bytes(machine->sync->replica().view()), digest_bytes(here.session));
    }
    EXPECT_GT(here.revision(), 10U);
  }
}

}  // namespace
}  // namespace talkback::replica
