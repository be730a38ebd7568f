// One run of a schedule: server, store, network and clients in one thread; then rest, and the verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/sabotage.hpp"
#include "tests/simulation/schedule.hpp"
#include "tests/simulation/witness.hpp"

namespace talkback::simulation {

struct Outcome {
  // What did not hold; nothing where all did.
  std::optional<std::string> failure;
  Witness::Counts counts;
  // What happened, a line a step; where it was asked for.
  std::string story;
};

enum class Story { untold, told };

Outcome run(const Schedule& schedule, Sabotage sabotage = Sabotage::none, Story story = Story::untold);

}  // namespace talkback::simulation
