// A schedule: who is there, and what happens to them one step after the other. Plain data, so that it can be cut down.
//
// Every step carries its own dice: what it does in detail depends on them and on the state it meets, never on which
// steps stood before it. Leaving a step out does not reshuffle the others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "talkback/v1/room.pb.h"

namespace talkback::simulation {

inline constexpr int kEditorsMin = 2;
inline constexpr int kEditorsMax = 16;

enum class StepKind {
  edit,          // an editor changes something in what they see
  undo,          // an editor takes back one of their own edits, offline as far as their machine knows them
  connect,       // a program that stopped is started again; a connection is opened, an open one given up
  cut,           // a connection breaks for its client; some of what it sent may still arrive
  notice,        // the server notices that a connection is gone
  deliver_up,    // some frames of one connection reach the server
  deliver_down,  // some frames reach a client
  exchange,      // all that is under way between one client and the server arrives
  write,         // the store has the batch
  report,        // … and the room hears of it
  fail,          // the store reports a failure, with the batch written or not
  crash_server,  // all that the server holds in memory is gone; what the store has stays
  finish_room,   // the server ends the room in order
  snapshot,      // the room's state is kept, or the attempt is lost
  digest,        // the room publishes its digest
  save,          // a client keeps the confirmed state
  crash_client,  // a program ends without notice
  arm_client,    // a client's disk fails or its power is cut at one of its next writes
  partition,     // some clients cannot reach the server for a while
  heal,
  change_role,  // a member gets another role, or is no member any more
  wait,         // time passes
  create_branch,
  suggest,  // a branch that its author alone works on, offered to the others
  merge,    // a branch into the one that it began at, or the other way
  accept,   // a suggestion, or single changes of it
  reject,
};
inline constexpr int kStepKinds = static_cast<int>(StepKind::reject) + 1;

struct Step {
  StepKind kind = StepKind::wait;
  std::uint32_t who = 0;  // an editor, below Schedule::editors
  std::uint64_t dice = 0;

  friend bool operator==(const Step&, const Step&) = default;
};

struct Schedule {
  std::uint64_t seed = 0;
  int editors = kEditorsMin;
  // Editor i is person i modulo this: some people work on two machines.
  int people = kEditorsMin;
  std::vector<v1::Role> roles;  // of the people
  // Editors who are in the room when it begins.
  std::vector<bool> present;
  std::vector<Step> steps;
};

Schedule make_schedule(std::uint64_t seed);

// Edits and undos among the steps.
int count_edits(const Schedule& schedule);

std::string user_name(int person);

// A number below `below`, the next at each call. SplitMix64 (Steele, Lea, Flood 2014): quick to seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() noexcept;
  std::uint64_t number(std::uint64_t below) noexcept { return next() % below; }
  bool chance(std::uint64_t one_in) noexcept { return number(one_in) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace talkback::simulation
