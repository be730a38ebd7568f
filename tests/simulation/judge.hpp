// The judge: walks through the log with the oracle and holds every edit to what its author may do and what an undo
// promises.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "talkback/v1/room.pb.h"
#include "tests/simulation/oracle.hpp"

namespace talkback::simulation {

// The session after each revision, from 0 on, as the oracle works it out.
using Models = std::vector<Model>;

// A branch with its past: the edits of its base up to where it began, and its own.
struct History {
  std::vector<v1::CommittedEdit> log;
  // Its own follow after that.
  std::uint64_t begins_at = 0;
  // Of a suggestion: its author.
  std::string suggested_by;
};

struct Judgement {
  // Empty where all is as it should be.
  std::string fault;
  // The last is what the session is now.
  Models models;
};

// roles: of the authors when the branch's own edits came to its room.
Judgement judge(const v1::SessionState& beginning, const History& history,
                const std::map<std::string, std::set<v1::Role>>& roles);

// A merge by somebody who saw `ours`: what theirs have done since `base` is taken over, what ours have done stays.
struct JudgedMerge {
  const Model& base;
  const Model& ours;
  const Model& theirs;
  // All that met no other work was to be taken; else only that nothing else is touched.
  bool is_whole = false;
};

// Empty where the merge's operations do that, and no more.
std::string check_merge(const JudgedMerge& merge, const v1::Edit& edit);

}  // namespace talkback::simulation
