#include "tests/simulation/simulation.hpp"

#include <algorithm>
#include <deque>

#include "engine/session/canonical.hpp"
#include "server/domain/history.hpp"
#include "tests/simulation/judge.hpp"
#include "tests/simulation/random_work.hpp"
#include "tests/simulation/simulated_client.hpp"
#include "tests/simulation/simulated_server.hpp"

namespace talkback::simulation {
namespace {

// Rounds in which everything under way arrives. More than a few mean that somebody goes in circles.
constexpr int kRestRoundsMax = 50;

class World {
 public:
  World(const Schedule& schedule, Sabotage sabotage, Story story)
      : schedule_(schedule), sabotage_(sabotage), tells_story_(story == Story::told) {
    for (int person = 0; person < schedule.people; ++person)
      server_.set_role(user_name(person), schedule.roles[static_cast<std::size_t>(person)]);
    for (int editor = 0; editor < schedule.editors; ++editor) {
      const std::string user = user_name(editor % schedule.people);
      server_.set_user(editor, user);
      clients_.emplace_back(editor, user, network_, witness_, sabotage).start();
    }
    for (int editor = 0; editor < schedule.editors; ++editor) {
      if (!schedule.present[static_cast<std::size_t>(editor)]) continue;
      client(editor).connect(0);
      exchange(editor);
    }
  }

  Outcome run() {
    for (const Step& step : schedule_.steps) {
      play(step);
      if (witness_.failure()) break;
    }
    if (!witness_.failure()) come_to_rest();
    if (!witness_.failure()) check();
    tell_log();
    return {.failure = witness_.failure(), .counts = witness_.counts(), .story = std::move(story_)};
  }

 private:
  SimulatedClient& client(int editor) { return clients_[static_cast<std::size_t>(editor)]; }

  void tell(int editor, const std::string& what) {
    if (!tells_story_) return;
    story_ += "  " + client(editor).user();
    if (schedule_.people < schedule_.editors) story_ += " (machine " + std::to_string(editor) + ")";
    story_ += " " + what + "\n";
  }
  void tell(const std::string& what) {
    if (tells_story_) story_ += "  " + what + "\n";
  }

  void play(const Step& step);
  void edit(int editor, std::uint64_t dice);
  void undo(int editor, std::uint64_t dice);
  void check_may_take_back(const SimulatedClient& author, const v1::Edit& undo);
  void connect(int editor, Dice& dice);
  void deliver_up(Dice& dice);
  void deliver_up(ConnectionId id, std::size_t count);
  void deliver_down(int editor, std::size_t count);
  void exchange(int editor);
  void fail_store(Dice& dice);
  void change_role(int editor, Dice& dice);
  void arm(int editor, Dice& dice);
  void partition(Dice& dice);
  void notice(Dice& dice);
  void come_to_rest();
  bool is_at_rest();
  // What keeps it from rest.
  std::string what_moves();
  void check();
  void tell_log();

  const Schedule& schedule_;
  Sabotage sabotage_;
  bool tells_story_;
  std::string story_;
  test::FakeClock clock_;
  SimulatedStore store_{small_song(), sabotage_};
  Witness witness_{store_};
  SimulatedNetwork network_{schedule_.editors};
  SimulatedServer server_{store_, network_, witness_, clock_, sabotage_};
  std::deque<SimulatedClient> clients_;
};

void World::play(const Step& step) {
  Dice dice(step.dice);
  const int who = static_cast<int>(step.who);
  switch (step.kind) {
    case StepKind::edit:
      return edit(who, step.dice);
    case StepKind::undo:
      return undo(who, step.dice);
    case StepKind::connect:
      return connect(who, dice);
    case StepKind::cut:
      if (client(who).connection() == 0) return;
      tell(who, "loses the connection");
      return client(who).cut(dice.number(4));
    case StepKind::notice:
      return notice(dice);
    case StepKind::deliver_up:
      return deliver_up(dice);
    case StepKind::deliver_down:
      return deliver_down(who, 1 + dice.number(6));
    case StepKind::exchange:
      return exchange(who);
    case StepKind::write:
      if (store_.is_writing()) tell("the store has the batch");
      return store_.write();
    case StepKind::report:
      if (store_.is_writing()) tell("the store reports the batch");
      return server_.report();
    case StepKind::fail:
      return fail_store(dice);
    case StepKind::crash_server: {
      tell("the server crashes");
      server_.crash();
      for (SimulatedClient& any : clients_) any.cut(0);
      return;
    }
    case StepKind::finish_room:
      tell("the server ends the room");
      return server_.finish();
    case StepKind::snapshot:
      tell("the server keeps a snapshot");
      return server_.take_snapshot(dice.chance(4) ? SimulatedServer::Keep::no : SimulatedServer::Keep::yes);
    case StepKind::digest:
      return server_.publish_digest();
    case StepKind::save:
      if (client(who).is_running()) client(who).save();
      return;
    case StepKind::crash_client:
      if (!client(who).is_running()) return;
      tell(who, "crashes");
      return client(who).crash();
    case StepKind::arm_client:
      return arm(who, dice);
    case StepKind::partition:
      return partition(dice);
    case StepKind::heal:
      for (int editor = 0; editor < schedule_.editors; ++editor) network_.set_reachable(editor, true);
      return;
    case StepKind::change_role:
      return change_role(who, dice);
    case StepKind::wait:
      return clock_.advance(static_cast<std::int64_t>(dice.number(10'000)));
  }
}

void World::edit(int editor, std::uint64_t dice) {
  SimulatedClient& author = client(editor);
  if (!author.is_running() || author.replica().is_empty()) return;
  v1::Edit edit = random_edit(author.replica().view(), author.user(), server_.role_of(author.user()), dice);
  const std::string what = tells_story_ ? words(edit) : std::string();
  const bool is_kept = author.submit(std::move(edit));
  if (is_kept) tell(editor, "edits: " + what);
}

void World::undo(int editor, std::uint64_t dice) {
  SimulatedClient& author = client(editor);
  // Mostly somebody waits until they see what they have done.
  if (author.is_running() && dice % 4 != 0) {
    exchange(editor);
    while (server_.is_busy()) server_.report();
    exchange(editor);
  }
  // What is taken back is asked of the server; while an edit waits for its answer nobody knows what it will have done.
  if (!author.is_joined() || !author.is_settled()) return;
  auto edit = random_undo(store_, author.replica().view(), author.replica().revision(), author.user(), dice, sabotage_);
  if (!edit) return;
  check_may_take_back(author, *edit);
  const std::string what = tells_story_ ? words(*edit) : std::string();
  if (author.submit(*std::move(edit))) tell(editor, what);
}

// The edit names the object itself, or one that it lay in.
bool is_named(const v1::Edit& edit, const v1::Object& object) {
  for (const v1::Operation& operation : edit.operations()) {
    const std::uint64_t id = operation.has_create()   ? operation.create().id()
                             : operation.has_update() ? operation.update().values().id()
                                                      : operation.delete_id();
    if (id == object.id() || id == object.parent_id()) return true;
  }
  return false;
}

// Who has just done something, and has kept their role, may take it back.
void World::check_may_take_back(const SimulatedClient& author, const v1::Edit& undo) {
  const auto roles = witness_.roles().find(store_.edits()[undo.undoes() - 1].edit().edit_id());
  const v1::Role role = server_.role_of(author.user());
  const session::Session& view = author.replica().view();
  if (undo.undoes() != store_.durable_revision() || roles == witness_.roles().end() || roles->second != std::set{role})
    return;
  for (const v1::Operation& operation : undo.operations()) {
    // What others lost with a deletion (a side-chain, a send) is not theirs to give back.
    const v1::Object& object = operation.has_create() ? operation.create() : operation.update().values();
    if (operation.kind_case() != v1::Operation::kDeleteId &&
        !is_named(store_.edits()[undo.undoes() - 1].edit(), object))
      return;
    // A source that nothing plays is nobody's: it may be somebody else's who is about to use it.
    const v1::Object* gone = view.find(ObjectId{operation.delete_id()});
    if (gone != nullptr && gone->has_source() && view.referrers(session::id_of(*gone)).empty()) return;
  }
  if (const auto allowed = may_edit(view, undo, author.user(), role); !allowed)
    witness_.fail(author.user() + " may not take back what they have just done: " + allowed.error().message);
}

void World::connect(int editor, Dice& dice) {
  SimulatedClient& member = client(editor);
  if (!member.is_running()) {
    tell(editor, "starts the program");
    member.start();
  }
  tell(editor, "connects");
  member.connect(dice.number(4));
}

void World::deliver_up(Dice& dice) {
  std::vector<ConnectionId> busy;
  for (const ConnectionId id : network_.ids())
    if (!network_.find(id)->up.empty()) busy.push_back(id);
  if (!busy.empty()) deliver_up(busy[dice.number(busy.size())], 1 + dice.number(4));
}

void World::deliver_up(ConnectionId id, std::size_t count) {
  for (; count > 0; --count) {
    Connection* connection = network_.find(id);
    if (connection == nullptr || connection->up.empty() || !network_.is_reachable(connection->editor)) return;
    const Bytes frame = std::move(connection->up.front());
    connection->up.pop_front();
    if (!connection->client_has_it) tell(connection->editor, "is heard late, over a connection given up");
    server_.receive(id, frame);
  }
}

void World::deliver_down(int editor, std::size_t count) {
  for (; count > 0 && network_.is_reachable(editor); --count) {
    Connection* connection = network_.find(client(editor).connection());
    if (connection == nullptr || connection->down.empty()) return;
    const Bytes frame = std::move(connection->down.front());
    connection->down.pop_front();
    client(editor).receive(frame);
  }
}

void World::exchange(int editor) {
  constexpr std::size_t kAll = 1000;
  deliver_up(client(editor).connection(), kAll);
  deliver_down(editor, kAll);
  deliver_up(client(editor).connection(), kAll);
}

void World::fail_store(Dice& dice) {
  if (!store_.is_writing()) return;
  const bool is_written = dice.chance(2);
  tell(is_written ? "the store has the batch and reports a failure" : "the store fails");
  if (is_written) store_.write();
  server_.fail({ErrorCode::unavailable, "the disk does not answer"});
}

void World::change_role(int editor, Dice& dice) {
  constexpr std::array<v1::Role, 7> kRoles{v1::PERFORMER, v1::PERFORMER, v1::PRODUCER,        v1::PRODUCER,
                                           v1::MENTOR,    v1::LISTENER,  v1::ROLE_UNSPECIFIED};
  const v1::Role role = kRoles[dice.number(kRoles.size())];
  tell(editor, "is now " + v1::Role_Name(role));
  server_.set_role(client(editor).user(), role);
}

void World::arm(int editor, Dice& dice) {
  using Fate = SimulatedReplicaStore::Fate;
  constexpr std::array<Fate, 3> kFates{Fate::cut_before, Fate::cut_after, Fate::full};
  const std::size_t which = dice.number(kFates.size());
  constexpr std::array<const char*, 3> kWords{"will lose power before a write", "will lose power after a write",
                                              "will have a full disk"};
  tell(editor, kWords[which]);
  client(editor).disk().arm(kFates[which], dice.number(3));
}

void World::partition(Dice& dice) {
  tell("some cannot reach the server");
  for (int editor = 0; editor < schedule_.editors; ++editor) network_.set_reachable(editor, !dice.chance(2));
}

void World::notice(Dice& dice) {
  std::vector<ConnectionId> half_open;
  for (const ConnectionId id : network_.ids())
    if (!network_.find(id)->client_has_it) half_open.push_back(id);
  if (!half_open.empty()) server_.notice_end(half_open[dice.number(half_open.size())]);
}

bool World::is_at_rest() {
  for (const ConnectionId id : network_.ids())
    if (!network_.find(id)->up.empty() || !network_.find(id)->down.empty()) return false;
  return !server_.is_busy() && std::ranges::all_of(clients_, [](SimulatedClient& any) { return any.is_settled(); });
}

std::string World::what_moves() {
  std::string text = server_.is_busy() ? "the server is busy; " : "";
  for (const ConnectionId id : network_.ids()) {
    const Connection& connection = *network_.find(id);
    if (!connection.up.empty() || !connection.down.empty())
      text += "connection " + std::to_string(id) + " has " + std::to_string(connection.up.size()) + " frames up and " +
              std::to_string(connection.down.size()) + " down; ";
  }
  for (const SimulatedClient& member : clients_)
    if (!member.is_settled())
      text += member.user() + (member.is_joined() ? " waits for answers; " : " has not joined; ");
  return text;
}

void World::come_to_rest() {
  tell("everything comes to rest");
  for (int editor = 0; editor < schedule_.editors; ++editor) {
    SimulatedClient& member = client(editor);
    network_.set_reachable(editor, true);
    member.disk().disarm();
    // So that everybody's copy can be compared; their edits are refused.
    if (server_.role_of(member.user()) == v1::ROLE_UNSPECIFIED) server_.set_role(member.user(), v1::LISTENER);
  }
  for (int round = 0; round < kRestRoundsMax && !witness_.failure(); ++round) {
    for (SimulatedClient& member : clients_) {
      if (!member.is_running()) member.start();
      if (member.connection() == 0) member.connect(0);
    }
    for (const ConnectionId id : network_.ids()) deliver_up(id, 1000);
    while (server_.is_busy()) server_.report();
    for (int editor = 0; editor < schedule_.editors; ++editor) deliver_down(editor, 1000);
    if (is_at_rest()) break;
  }
  if (!is_at_rest()) return witness_.fail("some never come to rest: " + what_moves());
  server_.room();
  server_.publish_digest();
  for (int editor = 0; editor < schedule_.editors; ++editor) deliver_down(editor, 1000);
}

void World::tell_log() {
  for (const v1::CommittedEdit& committed : store_.edits())
    tell("revision " + std::to_string(committed.revision()) + " by " + committed.author() + ": " +
         words(committed.edit()));
}

void World::check() {
  witness_.check_log();
  const Judgement judgement = judge(small_song(), store_.edits(), witness_.roles());
  if (!judgement.fault.empty()) return witness_.fail(judgement.fault);

  const session::Session& held = server_.room().durable_session();
  Model found;
  held.for_each([&](const v1::Object& object) {
    found.objects[object.id()] = std::make_shared<const Fields>(fields_of(object));
  });
  if (const std::string differs = difference(judgement.end, found); !differs.empty())
    return witness_.fail("the server's session is not what the log says: " + differs);

  const Sha256Digest digest = session::digest(held);
  for (const SimulatedClient& member : clients_) {
    if (member.replica().revision() != server_.room().durable_revision() || !member.replica().pending().empty() ||
        session::digest(member.replica().view()) != digest || session::digest(member.replica().confirmed()) != digest)
      return witness_.fail(member.user() + " holds another session than the server");
  }
  if (const auto verified = domain::verify_history(store_, kProject); !verified)
    return witness_.fail(verified.error().message);
}

}  // namespace

Outcome run(const Schedule& schedule, Sabotage sabotage, Story story) { return World(schedule, sabotage, story).run(); }

}  // namespace talkback::simulation
