#include "tests/simulation/line.hpp"

#include <algorithm>

#include "engine/session/canonical.hpp"
#include "engine/session/state.hpp"
#include "server/domain/history.hpp"
#include "tests/simulation/random_work.hpp"

namespace talkback::simulation {
namespace {

// Rounds in which everything under way arrives. More than a few mean that somebody goes in circles.
constexpr int kRestRoundsMax = 50;

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

}  // namespace

Line::Line(const Schedule& schedule, Beginning beginning, Sabotage sabotage, test::FakeClock& clock,
           SuggestionBook& book, Telling& telling)
    : schedule_(schedule),
      beginning_(std::move(beginning)),
      sabotage_(sabotage),
      telling_(telling),
      store_(beginning_.state, sabotage, &book),
      network_(beginning_.editors),
      server_(store_, network_, witness_, clock, sabotage, {beginning_.branch, beginning_.suggested_by}) {
  for (int editor = 0; editor < editors(); ++editor) {
    const std::string user = user_name(editor % schedule.people);
    server_.set_user(editor, user);
    clients_.emplace_back(editor, user, network_, witness_, sabotage).start();
  }
}

void Line::tell(int editor, const std::string& what) {
  if (!telling_.is_told) return;
  std::string text = client(editor).user();
  if (schedule_.people < schedule_.editors) text += " (machine " + std::to_string(editor) + ")";
  tell(text + " " + what);
}

void Line::tell(const std::string& what) {
  if (!telling_.is_told) return;
  telling_.story += "  " + (base() == nullptr ? "" : "[" + branch() + "] ") + what + "\n";
}

void Line::play(const Step& step) {
  Dice dice(step.dice);
  const bool is_founders = base() != nullptr && (step.dice >> 32) % 3 != 0;
  const int who = is_founders ? beginning_.founder : static_cast<int>(step.who) % editors();
  switch (step.kind) {
    case StepKind::edit:
      return edit(who, step.dice);
    case StepKind::undo:
      return undo(who, step.dice);
    case StepKind::connect:
      return start_and_connect(who, dice);
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
      for (int editor = 0; editor < editors(); ++editor) network_.set_reachable(editor, true);
      return;
    default:
      TALKBACK_CHECK(!"a step of all branches");
  }
}

void Line::crash_server() {
  server_.crash();
  for (SimulatedClient& any : clients_) any.cut(0);
}

void Line::catch_up(int editor) {
  if (!client(editor).is_running()) return;
  exchange(editor);
  while (server_.is_busy()) server_.report();
  exchange(editor);
}

void Line::come_by(int editor) {
  if (!client(editor).is_running()) client(editor).start();
  if (client(editor).connection() == 0) connect(editor, 0);
  catch_up(editor);
}

void Line::connect(int editor, std::size_t arriving) { client(editor).connect(arriving); }

bool Line::submit(int editor, v1::Edit edit) { return client(editor).submit(std::move(edit)); }

session::Session Line::session_at(std::uint64_t revision) {
  if (revision < begins_at()) return base()->session_at(revision);
  auto at = domain::load_session(store_, branch(), revision);
  TALKBACK_CHECK(at.has_value());
  return std::move(at->session);
}

void Line::edit(int editor, std::uint64_t dice) {
  SimulatedClient& author = client(editor);
  if (!author.is_running() || author.replica().is_empty()) return;
  v1::Edit edit = random_edit(author.replica().view(), author.user(), server_.role_of(author.user()), dice);
  const std::string what = telling_.is_told ? words(edit) : std::string();
  if (submit(editor, std::move(edit))) tell(editor, "edits: " + what);
}

void Line::undo(int editor, std::uint64_t dice) {
  SimulatedClient& author = client(editor);
  // Mostly somebody waits until they see what they have done.
  if (dice % 4 != 0) catch_up(editor);
  // What is taken back is asked of the server; while an edit waits for its answer nobody knows what it will have done.
  // Then the machine knows what it has; the undo is made anew before it is sent, and may go when nothing of it is left.
  if (!author.is_joined() || !author.is_settled()) {
    if (!author.is_running() || author.replica().is_empty()) return;
    const auto undone = author.undo_locally(dice);
    if (undone) tell(editor, "takes back on their own: " + (telling_.is_told ? words(*undone) : std::string()));
    return;
  }
  auto edit = random_undo(store_, author.replica().view(), author.replica().revision(), author.user(), dice, sabotage_);
  if (!edit) return;
  check_may_take_back(author, *edit);
  const std::string what = telling_.is_told ? words(*edit) : std::string();
  if (author.submit(*std::move(edit))) tell(editor, what);
}

// Who has just done something, and has kept their role, may take it back.
void Line::check_may_take_back(const SimulatedClient& author, const v1::Edit& undo) {
  const auto roles = witness_.roles().find(store_.at(undo.undoes()).edit().edit_id());
  const v1::Role role = server_.role_of(author.user());
  const session::Session& view = author.replica().view();
  if (undo.undoes() != store_.durable_revision() || roles == witness_.roles().end() || roles->second != std::set{role})
    return;
  for (const v1::Operation& operation : undo.operations()) {
    // What others lost with a deletion (a side-chain, a send) is not theirs to give back.
    const v1::Object& object = operation.has_create() ? operation.create() : operation.update().values();
    if (operation.kind_case() != v1::Operation::kDeleteId && !is_named(store_.at(undo.undoes()).edit(), object)) return;
    // A source that nothing plays is nobody's: it may be somebody else's who is about to use it.
    const v1::Object* gone = view.find(ObjectId{operation.delete_id()});
    if (gone != nullptr && gone->has_source() && view.referrers(session::id_of(*gone)).empty()) return;
  }
  if (const auto allowed = may_edit(view, undo, author.user(), role, suggested_by()); !allowed)
    witness_.fail(author.user() + " may not take back what they have just done: " + allowed.error().message);
}

void Line::start_and_connect(int editor, Dice& dice) {
  SimulatedClient& member = client(editor);
  if (!member.is_running()) {
    tell(editor, "starts the program");
    member.start();
  }
  tell(editor, "connects");
  member.connect(dice.number(4));
}

void Line::deliver_up(Dice& dice) {
  std::vector<ConnectionId> busy;
  for (const ConnectionId id : network_.ids())
    if (!network_.find(id)->up.empty()) busy.push_back(id);
  if (!busy.empty()) deliver_up(busy[dice.number(busy.size())], 1 + dice.number(4));
}

void Line::deliver_up(ConnectionId id, std::size_t count) {
  for (; count > 0; --count) {
    Connection* connection = network_.find(id);
    if (connection == nullptr || connection->up.empty() || !network_.is_reachable(connection->editor)) return;
    const Bytes frame = std::move(connection->up.front());
    connection->up.pop_front();
    if (!connection->client_has_it) tell(connection->editor, "is heard late, over a connection given up");
    server_.receive(id, frame);
  }
}

void Line::deliver_down(int editor, std::size_t count) {
  for (; count > 0 && network_.is_reachable(editor); --count) {
    Connection* connection = network_.find(client(editor).connection());
    if (connection == nullptr || connection->down.empty()) return;
    const Bytes frame = std::move(connection->down.front());
    connection->down.pop_front();
    client(editor).receive(frame);
  }
}

void Line::exchange(int editor) {
  constexpr std::size_t kAll = 1000;
  deliver_up(client(editor).connection(), kAll);
  deliver_down(editor, kAll);
  deliver_up(client(editor).connection(), kAll);
}

void Line::fail_store(Dice& dice) {
  if (!store_.is_writing()) return;
  const bool is_written = dice.chance(2);
  tell(is_written ? "the store has the batch and reports a failure" : "the store fails");
  if (is_written) store_.write();
  server_.fail({ErrorCode::unavailable, "the disk does not answer"});
}

void Line::arm(int editor, Dice& dice) {
  using Fate = SimulatedReplicaStore::Fate;
  constexpr std::array<Fate, 3> kFates{Fate::cut_before, Fate::cut_after, Fate::full};
  const std::size_t which = dice.number(kFates.size());
  constexpr std::array<const char*, 3> kWords{"will lose power before a write", "will lose power after a write",
                                              "will have a full disk"};
  tell(editor, kWords[which]);
  client(editor).disk().arm(kFates[which], dice.number(3));
}

void Line::partition(Dice& dice) {
  tell("some cannot reach the server");
  for (int editor = 0; editor < editors(); ++editor) network_.set_reachable(editor, !dice.chance(2));
}

void Line::notice(Dice& dice) {
  std::vector<ConnectionId> half_open;
  for (const ConnectionId id : network_.ids())
    if (!network_.find(id)->client_has_it) half_open.push_back(id);
  if (!half_open.empty()) server_.notice_end(half_open[dice.number(half_open.size())]);
}

bool Line::is_at_rest() {
  for (const ConnectionId id : network_.ids())
    if (!network_.find(id)->up.empty() || !network_.find(id)->down.empty()) return false;
  return !server_.is_busy() && std::ranges::all_of(clients_, [](SimulatedClient& any) { return any.is_settled(); });
}

std::string Line::what_moves() {
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

void Line::come_to_rest() {
  for (int editor = 0; editor < editors(); ++editor) {
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
    for (int editor = 0; editor < editors(); ++editor) deliver_down(editor, 1000);
    if (is_at_rest()) break;
  }
  if (!is_at_rest()) return witness_.fail("some never come to rest: " + what_moves());
  server_.room();
  server_.publish_digest();
  for (int editor = 0; editor < editors(); ++editor) deliver_down(editor, 1000);
}

void Line::tell_log() {
  for (const v1::CommittedEdit& committed : store_.edits())
    tell("revision " + std::to_string(committed.revision()) + " by " + committed.author() + ": " +
         words(committed.edit()));
}

void Line::check(History history) {
  witness_.check_log();
  Judgement judgement = judge(small_song(), history, witness_.roles());
  if (!judgement.fault.empty()) return witness_.fail(judgement.fault);
  models_ = std::move(judgement.models);

  const session::Session& held = server_.room().durable_session();
  Model found;
  held.for_each([&](const v1::Object& object) {
    found.objects[object.id()] = std::make_shared<const Fields>(fields_of(object));
  });
  if (const std::string differs = difference(models_.back(), found); !differs.empty())
    return witness_.fail("the server's session is not what the log says: " + differs);

  const Sha256Digest digest = session::digest(held);
  for (const SimulatedClient& member : clients_) {
    if (member.replica().revision() != server_.room().durable_revision() || !member.replica().pending().empty() ||
        session::digest(member.replica().view()) != digest || session::digest(member.replica().confirmed()) != digest)
      return witness_.fail(member.user() + " holds another session than the server");
  }
  if (const auto verified = domain::verify_history(store_, branch(), begins_at()); !verified)
    return witness_.fail(verified.error().message);
}

}  // namespace talkback::simulation
