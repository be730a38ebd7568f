// What goes on between branches: they begin, are offered, merged, taken and turned down. And the judgement of it.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "tests/simulation/line.hpp"

namespace talkback::simulation {

// The main branch first.
using Lines = std::deque<Line>;

// Room for two branches beside the main one, and for a few editors on each: more costs time and meets less.
inline constexpr std::size_t kLinesMax = 3;
inline constexpr int kBranchEditorsMax = 4;

class BranchWork {
 public:
  BranchWork(const Schedule& schedule, Sabotage sabotage, test::FakeClock& clock, SuggestionBook& book,
             Telling& telling, Lines& lines)
      : schedule_(schedule), sabotage_(sabotage), clock_(clock), book_(book), telling_(telling), lines_(lines) {}

  // Where there is room, and where their role allows it.
  void create_branch(int editor, Dice& dice);
  void suggest(int editor, Dice& dice);
  // A branch into the one that it began at, or that one into it.
  void merge(int editor, Dice& dice);
  // All of a suggestion, or single changes.
  void accept(int editor, Dice& dice);
  void reject(int editor, Dice& dice);

  // Once all branches are at rest and checked: every merge did what it says, suggestions stand as the log says.
  void check();

 private:
  // The newest moment that both histories hold.
  struct Common {
    Line* line;
    std::uint64_t revision;
  };
  Common common_of(Line& into, std::uint64_t ours, Line& from, std::uint64_t theirs);
  std::uint64_t last_merged(Line& into, std::uint64_t until, const Line& from, std::uint64_t from_until,
                            std::int64_t& when_unix_ms);
  void bring_over(Line& into, Line& from, int editor, Dice& dice);
  void begin(int editor, const std::string& suggested_by, Dice& dice);
  void check_merges(Line& into);
  void check_suggestion(Line& line);
  Line* find(const domain::BranchId& branch);

  const Schedule& schedule_;
  Sabotage sabotage_;
  test::FakeClock& clock_;
  SuggestionBook& book_;
  Telling& telling_;
  Lines& lines_;
  // Merges that were made whole, without conflict and obstacle, by edit id.
  std::map<std::string, bool> is_whole_;
};

}  // namespace talkback::simulation
