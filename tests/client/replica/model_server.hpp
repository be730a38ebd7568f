// A model of the server that orders edits and keeps the promises of room.proto, and members' machines around it.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/replica/sync.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/state.hpp"
#include "tests/support/edits.hpp"

namespace talkback::replica {

using session::Session;

inline std::string digest_bytes(const Session& session) {
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

}  // namespace talkback::replica
