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

struct Judgement {
  // Empty where all is as it should be.
  std::string fault;
  // What the oracle says the session is now.
  Model end;
};

// roles: of the authors when the edits came to the room.
Judgement judge(const v1::SessionState& beginning, const std::vector<v1::CommittedEdit>& log,
                const std::map<std::string, std::set<v1::Role>>& roles);

}  // namespace talkback::simulation
