#include "tests/simulation/simulated_client.hpp"

#include <algorithm>

namespace talkback::simulation {

template <class Write>
Result<void> SimulatedReplicaStore::run(Write write) {
  if (!armed_ || armed_->second-- > 0) {
    write();
    return {};
  }
  const Fate fate = armed_->first;
  armed_.reset();
  if (fate == Fate::full) return Error{ErrorCode::exhausted, "the disk is full"};
  if (fate == Fate::cut_after) write();
  throw PowerCut();
}

Result<void> SimulatedReplicaStore::add_pending(const v1::PendingEdit& pending) {
  return run([&] {
    const std::string& id = pending.edit().edit_id();
    const auto same = std::ranges::find(pending_, id, [](const auto& kept) { return kept.first; });
    if (same != pending_.end()) {
      same->second = pending.SerializeAsString();
      return;
    }
    if (sabotage_ == Sabotage::replica_store_forgets && id.back() % 4 == 0) return;
    pending_.emplace_back(id, pending.SerializeAsString());
  });
}

Result<void> SimulatedReplicaStore::remove_pending(const std::string& edit_id) {
  return run([&] { std::erase_if(pending_, [&](const auto& kept) { return kept.first == edit_id; }); });
}

Result<std::vector<v1::PendingEdit>> SimulatedReplicaStore::pending() {
  std::vector<v1::PendingEdit> edits;
  for (const auto& [id, bytes] : pending_) TALKBACK_CHECK(edits.emplace_back().ParseFromString(bytes));
  return edits;
}

Result<void> SimulatedReplicaStore::keep_state(const v1::SessionState& state, const replica::NewlyKnown& known) {
  return run([&] {
    state_ = state.SerializeAsString();
    if (known.is_after_gap) known_.clear();
    for (const v1::KnownEdit& edit : known.edits) known_[edit.edit().revision()] = edit.SerializeAsString();
    std::erase_if(known_, [&](const auto& each) {
      return each.first > state.revision() || each.first + replica::kKnownEditsMax <= state.revision();
    });
  });
}

Result<std::vector<v1::KnownEdit>> SimulatedReplicaStore::known(std::uint64_t revision) {
  std::vector<v1::KnownEdit> edits;
  for (auto found = known_.find(revision); found != known_.end(); found = known_.find(--revision))
    TALKBACK_CHECK(edits.emplace_back().ParseFromString(found->second));
  return edits;
}

Result<std::optional<v1::SessionState>> SimulatedReplicaStore::state() {
  if (!state_) return std::optional<v1::SessionState>();
  v1::SessionState state;
  TALKBACK_CHECK(state.ParseFromString(*state_));
  return std::optional(std::move(state));
}

SimulatedClient::SimulatedClient(int editor, std::string user, SimulatedNetwork& network, Witness& witness,
                                 Sabotage sabotage)
    : editor_(editor), user_(std::move(user)), network_(network), witness_(witness), disk_(sabotage) {}

void SimulatedClient::start() {
  auto created = replica::Sync::create(disk_, "simulated");
  TALKBACK_CHECK(created.has_value());
  sync_.emplace(*std::move(created));
}

void SimulatedClient::crash() {
  // What the kernel has taken may still be sent.
  network_.drop_by_client(connection_, 2);
  connection_ = 0;
  sync_.reset();
}

void SimulatedClient::connect(std::size_t arriving) {
  cut(arriving);
  connection_ = network_.open(editor_).id;
  sync_->connected([this, id = connection_](const v1::ClientFrame& frame) {
    if (Connection* connection = network_.find(id))
      connection->up.push_back(std::make_shared<const std::string>(frame.SerializeAsString()));
  });
}

void SimulatedClient::cut(std::size_t arriving) {
  if (connection_ == 0) return;
  network_.drop_by_client(connection_, arriving);
  connection_ = 0;
  if (sync_) sync_->disconnected();
}

void SimulatedClient::receive(const Bytes& bytes) {
  v1::ServerFrame frame;
  TALKBACK_CHECK(frame.ParseFromString(*bytes));
  witness_.frame_arrived(editor_, frame);
  try {
    const auto events = sync_->receive(frame);
    if (!events) return crash();  // the store failed: the program ends
    look_at(*events);
  } catch (const PowerCut&) {
    crash();
  }
}

void SimulatedClient::look_at(const std::vector<replica::Event>& events) {
  using Kind = replica::Event::Kind;
  bool is_over = false;
  for (const replica::Event& event : events) {
    if (event.kind == Kind::rejected && event.error.code != ErrorCode::unavailable) witness_.refused(event.edit_id);
    if (event.kind == Kind::committed && event.mine) witness_.acknowledged(event.edit_id, event.edit.revision());
    if (event.kind == Kind::resync) witness_.fail(user_ + " was asked to load everything again: the copies differed");
    is_over = is_over || event.kind == Kind::resync || event.kind == Kind::goodbye;
  }
  if (is_over) cut(0);
}

bool SimulatedClient::submit(v1::Edit edit) {
  const std::string id = edit.edit_id();
  try {
    if (!sync_->submit(std::move(edit))) return false;
  } catch (const PowerCut&) {
    crash();
    return false;
  }
  witness_.kept(editor_, sync_->replica().pending().back());
  return true;
}

void SimulatedClient::save() {
  try {
    // A full disk costs the cache, nothing else.
    static_cast<void>(sync_->save().has_value());
  } catch (const PowerCut&) {
    crash();
  }
}

}  // namespace talkback::simulation
