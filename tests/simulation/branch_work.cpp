#include "tests/simulation/branch_work.hpp"

#include <algorithm>

#include "engine/session/diff.hpp"
#include "engine/session/merge.hpp"
#include "engine/session/state.hpp"

namespace talkback::simulation {

using session::MergeItem;

namespace {

std::string new_edit_id(Dice& dice) {
  std::string id;
  for (int i = 0; i < 16; ++i) id.push_back(static_cast<char>(dice.number(256)));
  return id;
}

bool may_take(v1::Role role) { return role == v1::OWNER || role == v1::PRODUCER; }

bool has_answered(const SuggestionBook& book, const domain::BranchId& branch) {
  const auto entry = book.entries.find(branch);
  return entry != book.entries.end() && entry->second.state != v1::Suggestion::OPEN;
}

// With all that they need.
std::set<std::size_t> with_needs(const std::vector<MergeItem>& items, std::set<std::size_t> chosen) {
  const std::set<std::size_t> asked = chosen;
  for (const std::size_t item : asked) chosen.insert(items[item].needs.begin(), items[item].needs.end());
  return chosen;
}

// All that meets no other work; of what does, all or nothing.
std::set<std::size_t> whole_choice(const std::vector<MergeItem>& items, bool takes_theirs) {
  std::set<std::size_t> chosen;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (items[i].obstacle.empty() && (!items[i].is_conflict || takes_theirs)) chosen.insert(i);
  return chosen;
}

}  // namespace

Line* BranchWork::find(const domain::BranchId& branch) {
  const auto found = std::ranges::find(lines_, branch, &Line::branch);
  return found == lines_.end() ? nullptr : &*found;
}

void BranchWork::begin(int editor, const std::string& suggested_by, Dice& dice) {
  Line& base = lines_.front();
  const std::uint64_t head = base.store().durable_revision();
  // Mostly from now; somebody may go back to any revision.
  const std::uint64_t revision = dice.chance(3) ? dice.number(head + 1) : head;
  const domain::BranchId id = "000000000000000" + std::to_string(lines_.size());
  base.tell(editor,
            (suggested_by.empty() ? "begins branch " : "suggests ") + id + " at revision " + std::to_string(revision));
  lines_.emplace_back(schedule_,
                      Line::Beginning{.branch = id,
                                      .suggested_by = suggested_by,
                                      .base = &base,
                                      .state = session::to_state(base.session_at(revision), revision),
                                      .editors = std::min(schedule_.editors, kBranchEditorsMax),
                                      .founder = editor % std::min(schedule_.editors, kBranchEditorsMax)},
                      sabotage_, clock_, book_, telling_);
  Line& line = lines_.back();
  for (int person = 0; person < schedule_.people; ++person)
    line.set_role(user_name(person), base.server().role_of(user_name(person)));
  if (!suggested_by.empty()) book_.entries[id] = {};
  // Branches are begun to do something there.
  line.come_by(line.founder());
  for (std::uint64_t edits = dice.number(4); edits > 0; --edits) line.edit(line.founder(), dice.next());
  if (dice.chance(2)) line.catch_up(line.founder());
}

void BranchWork::create_branch(int editor, Dice& dice) {
  const v1::Role role = lines_.front().server().role_of(lines_.front().client(editor).user());
  if (lines_.size() < kLinesMax && may_take(role)) begin(editor, "", dice);
}

void BranchWork::suggest(int editor, Dice& dice) {
  const int here = editor % std::min(schedule_.editors, kBranchEditorsMax);
  const std::string user = lines_.front().client(here).user();
  const v1::Role role = lines_.front().server().role_of(user);
  if (lines_.size() >= kLinesMax || role == v1::LISTENER || role == v1::ROLE_UNSPECIFIED) return;
  begin(here, user, dice);
}

// Of what `into` holds up to `until`, the newest whole merge of something that `from` holds.
std::uint64_t BranchWork::last_merged(Line& into, std::uint64_t until, const Line& from, std::uint64_t from_until,
                                      std::int64_t& when_unix_ms) {
  std::uint64_t last = 0;
  for (const v1::CommittedEdit& committed : into.store().edits()) {
    const v1::Merge& merge = committed.edit().merges();
    const bool counts = committed.revision() <= until && committed.edit().has_merges() && merge.items().empty() &&
                        merge.from().branch_id() == from.branch() && merge.from().revision() <= from_until;
    if (!counts) continue;
    last = merge.from().revision();
    when_unix_ms = committed.committed_unix_ms();
  }
  return last;
}

BranchWork::Common BranchWork::common_of(Line& into, std::uint64_t ours, Line& from, std::uint64_t theirs) {
  std::int64_t into_when = -1;
  std::int64_t from_when = -1;
  const std::uint64_t of_from = last_merged(into, ours, from, theirs, into_when);
  const std::uint64_t of_into = last_merged(from, theirs, into, ours, from_when);
  if (of_from != 0 && (of_into == 0 || into_when >= from_when)) return {&from, of_from};
  if (of_into != 0) return {&into, of_into};
  Line& younger = into.base() == nullptr ? from : into;
  return {younger.base(), younger.begins_at()};
}

void BranchWork::merge(int editor, Dice& dice) {
  std::vector<Line*> branches;
  for (Line& line : lines_)
    if (line.base() != nullptr && line.suggested_by().empty()) branches.push_back(&line);
  if (branches.empty()) return;
  Line& branch = *branches[dice.number(branches.size())];
  if (dice.chance(3))
    bring_over(branch, *branch.base(), editor, dice);
  else
    bring_over(*branch.base(), branch, editor, dice);
}

void BranchWork::accept(int editor, Dice& dice) {
  std::vector<Line*> open;
  for (Line& line : lines_)
    if (!line.suggested_by().empty() && !has_answered(book_, line.branch())) open.push_back(&line);
  if (open.empty()) return;
  Line& suggestion = *open[dice.number(open.size())];
  bring_over(*suggestion.base(), suggestion, editor, dice);
}

// As the program does it: both sides as they are on the server, the edit from what its author sees.
void BranchWork::bring_over(Line& into, Line& from, int any_editor, Dice& dice) {
  const int editor = any_editor % into.editors();
  SimulatedClient& author = into.client(editor);
  // Mostly what was done over there has arrived.
  if (!dice.chance(3)) from.come_by(from.base() == nullptr ? editor % from.editors() : from.founder());
  into.come_by(editor);
  if (!author.is_joined() || !author.is_settled()) return;
  const std::uint64_t ours_at = author.replica().revision();
  const std::uint64_t theirs_at = from.store().durable_revision();
  const Common common = common_of(into, ours_at, from, theirs_at);
  const session::Session base = common.line->session_at(common.revision);
  const session::Session theirs = from.session_at(theirs_at);
  const session::Session& ours = author.replica().view();
  const bool is_suggestion = !from.suggested_by().empty();
  const session::Merge merge(base, ours, theirs,
                             is_suggestion ? book_.entries[from.branch()].taken : std::set<std::string>());
  const std::vector<MergeItem>& items = merge.items();
  const bool takes_theirs = dice.chance(2);
  std::set<std::size_t> chosen = whole_choice(items, takes_theirs);
  const bool is_part = is_suggestion && dice.chance(2);
  if (is_part) std::erase_if(chosen, [&](std::size_t) { return dice.chance(2); });
  chosen = with_needs(items, std::move(chosen));
  if (chosen.empty()) return;
  auto made = merge.edit_of({chosen.begin(), chosen.end()});
  // Together they may break a rule of the session; the program says so.
  if (!made) return into.tell(editor, "cannot merge " + from.branch() + ": " + made.error().message);
  v1::Edit edit = *std::move(made);
  if (sabotage_ == Sabotage::merge_takes_too_much) {
    const v1::Edit back = session::edit_of(session::diff(ours, base));
    for (const v1::Operation& operation : back.operations())
      if (operation.has_update()) *edit.add_operations() = operation;
  }
  edit.set_edit_id(new_edit_id(dice));
  edit.mutable_merges()->mutable_from()->set_branch_id(from.branch());
  edit.mutable_merges()->mutable_from()->set_revision(theirs_at);
  const bool is_all = chosen.size() == items.size();
  if (is_suggestion) {
    if (!is_all)
      for (const std::size_t item : chosen)
        for (const std::string& key : items[item].keys) edit.mutable_merges()->add_items(key);
    edit.mutable_merges()->mutable_suggestion()->set_closes(is_all);
  }
  const auto is_smooth = [](const MergeItem& item) { return !item.is_conflict && item.obstacle.empty(); };
  const bool answered_none = !is_suggestion || book_.entries[from.branch()].taken.empty();
  is_whole_[edit.edit_id()] = is_all && answered_none && std::ranges::all_of(items, is_smooth);
  if (into.submit(editor, std::move(edit)))
    into.tell(editor, (is_suggestion ? "takes of suggestion " : "merges ") + from.branch() + " up to revision " +
                          std::to_string(theirs_at) + ": " + std::to_string(chosen.size()) + " of " +
                          std::to_string(items.size()) + " changes");
}

// A request of its own, answered from the database: there is no room in it.
void BranchWork::reject(int editor, Dice& dice) {
  for (Line& line : lines_) {
    if (line.suggested_by().empty() || has_answered(book_, line.branch()) || dice.chance(2)) continue;
    const std::string& user = lines_.front().client(editor).user();
    if (!may_take(lines_.front().server().role_of(user)) && user != line.suggested_by()) continue;
    lines_.front().tell(editor, "turns suggestion " + line.branch() + " down");
    book_.entries[line.branch()].state = v1::Suggestion::REJECTED;
    return;
  }
}

void BranchWork::check() {
  for (Line& line : lines_) check_merges(line);
  for (Line& line : lines_)
    if (!line.suggested_by().empty()) check_suggestion(line);
}

void BranchWork::check_merges(Line& into) {
  for (const v1::CommittedEdit& committed : into.store().edits()) {
    const v1::Edit& edit = committed.edit();
    if (!edit.has_merges() || edit.undoes() != 0) continue;
    Line* from = find(edit.merges().from().branch_id());
    if (from == nullptr) return into.witness().fail("a merge is of no branch");
    const std::uint64_t theirs = edit.merges().from().revision();
    const Common common = common_of(into, edit.base_revision(), *from, theirs);
    const std::string fault =
        check_merge({.base = common.line->models()[common.revision],
                     .ours = into.models()[edit.base_revision()],
                     .theirs = from->models()[theirs],
                     .is_whole = is_whole_.contains(edit.edit_id()) && is_whole_.at(edit.edit_id())},
                    edit);
    if (!fault.empty())
      return into.witness().fail("the merge at revision " + std::to_string(committed.revision()) + " " + fault);
  }
}

// Accepted where an edit says so, open where edits took single changes, whatever crashed between.
void BranchWork::check_suggestion(Line& line) {
  std::set<std::string> taken;
  bool is_closed = false;
  for (const v1::CommittedEdit& committed : line.base()->store().edits()) {
    const v1::Merge& merge = committed.edit().merges();
    if (!merge.has_suggestion() || merge.from().branch_id() != line.branch()) continue;
    taken.insert(merge.items().begin(), merge.items().end());
    is_closed = is_closed || merge.suggestion().closes();
  }
  const SuggestionBook::Entry& entry = book_.entries[line.branch()];
  if (entry.taken != taken) line.witness().fail("the suggestion and the log differ in what of it was taken");
  if (is_closed && entry.state == v1::Suggestion::OPEN)
    line.witness().fail("the suggestion was taken and is still open");
  if (!is_closed && entry.state == v1::Suggestion::ACCEPTED)
    line.witness().fail("the suggestion is accepted and nothing of it was taken");
}

}  // namespace talkback::simulation
