// Cuts a schedule that breaks a promise down to the steps that it takes (delta debugging, Zeller and Hildebrandt 2002).
#pragma once

#include <functional>
#include <string>

#include "tests/simulation/sabotage.hpp"
#include "tests/simulation/schedule.hpp"

namespace talkback::simulation {

// No step of the result can be left out, and nobody can be missing at the beginning, unless `runs_max` was too little.
Schedule shrink(Schedule schedule, const std::function<bool(const Schedule&)>& fails, int runs_max = 3000);

// Seed, what does not hold, and the story of the shrunk schedule, for a person to read.
std::string reproduction(const Schedule& failing, Sabotage sabotage);

}  // namespace talkback::simulation
