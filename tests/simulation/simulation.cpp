#include "tests/simulation/simulation.hpp"

#include <algorithm>
#include <array>

#include "tests/simulation/branch_work.hpp"
#include "tests/simulation/random_work.hpp"

namespace talkback::simulation {
namespace {

class World {
 public:
  World(const Schedule& schedule, Sabotage sabotage, Story story)
      : schedule_(schedule), telling_{.is_told = story == Story::told, .story = {}}, sabotage_(sabotage) {
    Line& main = lines_.emplace_back(schedule, Line::Beginning{.state = small_song(), .editors = schedule.editors},
                                     sabotage, clock_, book_, telling_);
    for (int person = 0; person < schedule.people; ++person)
      main.set_role(user_name(person), schedule.roles[static_cast<std::size_t>(person)]);
    for (int editor = 0; editor < schedule.editors; ++editor) {
      if (!schedule.present[static_cast<std::size_t>(editor)]) continue;
      main.connect(editor, 0);
      main.exchange(editor);
    }
  }

  Outcome run() {
    for (const Step& step : schedule_.steps) {
      play(step);
      if (failure()) break;
    }
    if (!failure()) come_to_rest();
    if (!failure()) check();
    for (Line& line : lines_) line.tell_log();
    Witness::Counts counts;
    for (Line& line : lines_) counts += line.witness().counts();
    return {.failure = failure(), .counts = counts, .story = std::move(telling_.story)};
  }

 private:
  std::optional<std::string> failure() {
    for (Line& line : lines_)
      if (line.witness().failure()) return line.witness().failure();
    return std::nullopt;
  }
  // Which branch a step happens on: mostly the main one, where most people are.
  Line& line_of(const Step& step) {
    Dice dice(step.dice ^ 0x5bd1e995);
    return dice.chance(2) ? lines_.front() : lines_[dice.number(lines_.size())];
  }

  void play(const Step& step);
  void change_role(int editor, Dice& dice);
  void come_to_rest();
  void check();

  const Schedule& schedule_;
  Telling telling_;
  Sabotage sabotage_;
  test::FakeClock clock_;
  SuggestionBook book_;
  Lines lines_;
  BranchWork branch_work_{schedule_, sabotage_, clock_, book_, telling_, lines_};
};

void World::play(const Step& step) {
  Dice dice(step.dice);
  const int who = static_cast<int>(step.who);
  switch (step.kind) {
    case StepKind::create_branch:
      return branch_work_.create_branch(who, dice);
    case StepKind::suggest:
      return branch_work_.suggest(who, dice);
    case StepKind::merge:
      return branch_work_.merge(who, dice);
    case StepKind::accept:
      return branch_work_.accept(who, dice);
    case StepKind::reject:
      return branch_work_.reject(who, dice);
    case StepKind::crash_server:
      lines_.front().tell("the server crashes");
      for (Line& line : lines_) line.crash_server();
      return;
    case StepKind::change_role:
      return change_role(who, dice);
    case StepKind::wait:
      return clock_.advance(static_cast<std::int64_t>(dice.number(10'000)));
    default:
      return line_of(step).play(step);
  }
}

void World::change_role(int editor, Dice& dice) {
  constexpr std::array<v1::Role, 7> kRoles{v1::PERFORMER, v1::PERFORMER, v1::PRODUCER,        v1::PRODUCER,
                                           v1::MENTOR,    v1::LISTENER,  v1::ROLE_UNSPECIFIED};
  const v1::Role role = kRoles[dice.number(kRoles.size())];
  lines_.front().tell(editor, "is now " + v1::Role_Name(role));
  const std::string user = lines_.front().client(editor).user();
  for (Line& line : lines_) line.set_role(user, role);
}

void World::come_to_rest() {
  lines_.front().tell("everything comes to rest");
  for (Line& line : lines_) line.come_to_rest();
}

// A branch has its base's past up to where it began.
void World::check() {
  for (Line& line : lines_) {
    History history{.log = {}, .begins_at = line.begins_at(), .suggested_by = line.suggested_by()};
    if (line.base() != nullptr)
      for (std::uint64_t at = 1; at <= line.begins_at(); ++at) history.log.push_back(line.base()->store().at(at));
    history.log.insert(history.log.end(), line.store().edits().begin(), line.store().edits().end());
    line.check(std::move(history));
    if (failure()) return;
  }
  branch_work_.check();
}

}  // namespace

Outcome run(const Schedule& schedule, Sabotage sabotage, Story story) { return World(schedule, sabotage, story).run(); }

}  // namespace talkback::simulation
