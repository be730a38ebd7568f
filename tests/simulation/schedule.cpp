#include "tests/simulation/schedule.hpp"

#include <algorithm>
#include <array>

namespace talkback::simulation {
namespace {

constexpr int kStepsMin = 10;
constexpr int kStepsMax = 60;

// How often each kind comes up before a schedule's own mood is put on top.
constexpr std::array<std::uint64_t, kStepKinds> kWeights{
    24,  // edit
    8,   // undo
    7,   // connect
    3,   // cut
    3,   // notice
    12,  // deliver_up
    12,  // deliver_down
    12,  // exchange
    8,   // write
    8,   // report
    1,   // fail
    2,   // crash_server
    1,   // finish_room
    1,   // snapshot
    2,   // digest
    2,   // save
    2,   // crash_client
    2,   // arm_client
    1,   // partition
    2,   // heal
    3,   // change_role
    1,   // wait
    3,   // create_branch
    3,   // suggest
    8,   // merge
    8,   // accept
    1,   // reject
};

v1::Role first_role(Dice& dice) {
  constexpr std::array<v1::Role, 6> kRoles{v1::PRODUCER,  v1::PERFORMER, v1::PERFORMER,
                                           v1::PERFORMER, v1::PRODUCER,  v1::MENTOR};
  return kRoles[dice.number(kRoles.size())];
}

}  // namespace

std::uint64_t Dice::next() noexcept {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

Schedule make_schedule(std::uint64_t seed) {
  Dice dice(seed);
  Schedule schedule{.seed = seed, .roles = {}, .present = {}, .steps = {}};
  // Few editors meet more often; every fifth schedule has a full room.
  const std::uint64_t more = dice.chance(5) ? kEditorsMax - kEditorsMin + 1 : 4;
  schedule.editors = kEditorsMin + static_cast<int>(dice.number(more));
  schedule.people = dice.chance(4) ? (schedule.editors + 1) / 2 : schedule.editors;
  schedule.roles.push_back(v1::OWNER);
  while (static_cast<int>(schedule.roles.size()) < schedule.people) schedule.roles.push_back(first_role(dice));
  for (int editor = 0; editor < schedule.editors; ++editor) schedule.present.push_back(!dice.chance(5));

  // A mood: some kinds do not happen at all, others often (swarm testing, Groce et al. 2012).
  std::array<std::uint64_t, kStepKinds> weights = kWeights;
  for (std::size_t kind = 1; kind < weights.size(); ++kind) {
    const std::uint64_t mood = dice.number(6);
    weights[kind] *= mood == 0 ? 0 : mood == 1 ? 4 : 1;
  }
  // Branches are in every other schedule, and then there is work on them.
  if (dice.chance(2))
    for (auto kind = static_cast<std::size_t>(StepKind::create_branch); kind < weights.size(); ++kind)
      weights[kind] = 0;
  std::uint64_t sum = 0;
  for (const std::uint64_t weight : weights) sum += weight;

  const auto count = kStepsMin + static_cast<int>(dice.number(kStepsMax - kStepsMin + 1));
  for (int i = 0; i < count; ++i) {
    std::uint64_t place = dice.number(sum);
    std::size_t kind = 0;
    while (place >= weights[kind]) place -= weights[kind++];
    schedule.steps.push_back(
        {.kind = static_cast<StepKind>(kind),
         .who = static_cast<std::uint32_t>(dice.number(static_cast<std::uint64_t>(schedule.editors))),
         .dice = dice.next()});
  }
  return schedule;
}

int count_edits(const Schedule& schedule) {
  return static_cast<int>(std::ranges::count_if(
      schedule.steps, [](const Step& step) { return step.kind == StepKind::edit || step.kind == StepKind::undo; }));
}

std::string user_name(int person) {
  constexpr std::array<const char*, kEditorsMax> kNames{"anna", "ben", "carla", "dan", "eva",   "finn", "gina", "hal",
                                                        "ida",  "jan", "kim",   "lea", "milan", "nora", "otto", "pia"};
  return kNames[static_cast<std::size_t>(person)];
}

}  // namespace talkback::simulation
